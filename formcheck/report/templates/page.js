"use strict";
(() => {
  const folded = [...document.querySelectorAll(".set details")];
  let closed = [];
  for (const link of document.querySelectorAll(".contents a")) {
    link.addEventListener("click", () => {
      document.querySelector(link.hash).closest("details").open = true;
    });
  }
  addEventListener("beforeprint", () => {
    closed = folded.filter((one) => !one.open);
    for (const one of closed) one.open = true;
  });
  addEventListener("afterprint", () => {
    for (const one of closed) one.open = false;
  });
})();
(() => {
  const video = document.getElementById("video");
  const timeline = document.getElementById("timeline");
  if (!video || !timeline) return;
  const end = Number(timeline.dataset.end);
  const tracks = [...timeline.querySelectorAll(".track")];
  const plots = [...document.querySelectorAll(".plot")].map(makePlot);

  // Where a plot's axes are within its picture; see _RULE_BOX in charts.py.
  function makePlot(box) {
    const svg = box.querySelector("svg");
    const { width, height } = svg.viewBox.baseVal;
    const line = document.createElementNS("http://www.w3.org/2000/svg", "line");
    line.setAttribute("class", "now");
    line.setAttribute("y1", 0.045 * height);
    line.setAttribute("y2", 0.815 * height);
    svg.append(line);
    const left = 0.115 * width, right = 0.975 * width;
    return { svg, line, left, right, start: Number(box.dataset.start), end: Number(box.dataset.end) };
  }

  function tell(time) {
    const rounded = Math.round(time * 10) / 10;
    if (rounded < 60) return `${rounded.toFixed(1)} seconds`;
    return `${Math.floor(rounded / 60)} minutes ${Math.floor(rounded % 60)} seconds`;
  }

  function show() {
    const time = video.currentTime;
    const place = `${Math.min(100, 100 * time / end)}%`;
    for (const track of tracks) {
      const line = track.querySelector(".now");
      if (!line) continue;
      line.setAttribute("x1", place);
      line.setAttribute("x2", place);
    }
    for (const plot of plots) {
      const share = (time - plot.start) / (plot.end - plot.start);
      const inside = share >= 0 && share <= 1;
      plot.line.setAttribute("visibility", inside ? "visible" : "hidden");
      const x = plot.left + Math.min(1, Math.max(0, share)) * (plot.right - plot.left);
      plot.line.setAttribute("x1", x);
      plot.line.setAttribute("x2", x);
    }
    timeline.setAttribute("aria-valuenow", time.toFixed(1));
    timeline.setAttribute("aria-valuetext", tell(time));
  }

  function go(time) {
    const last = Number.isFinite(video.duration) ? video.duration : end;
    video.currentTime = Math.min(Math.max(0, time), last);
    show();
  }

  function follow() {
    show();
    if (!video.paused && !video.ended) requestAnimationFrame(follow);
  }

  for (const track of tracks) {
    track.addEventListener("click", (event) => {
      const box = track.getBoundingClientRect();
      go(end * (event.clientX - box.left) / box.width);
    });
  }
  for (const plot of plots) {
    plot.svg.addEventListener("click", (event) => {
      const box = plot.svg.getBoundingClientRect();
      const x = (event.clientX - box.left) / box.width * plot.svg.viewBox.baseVal.width;
      const share = (x - plot.left) / (plot.right - plot.left);
      go(plot.start + Math.min(1, Math.max(0, share)) * (plot.end - plot.start));
    });
  }
  for (const button of document.querySelectorAll("[data-seek]")) {
    button.addEventListener("click", () => {
      go(Number(button.dataset.seek));
      video.scrollIntoView({ block: "nearest" });
    });
  }
  timeline.addEventListener("keydown", (event) => {
    const steps = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 };
    if (event.key in steps) go(video.currentTime + steps[event.key]);
    else if (event.key === "Home") go(0);
    else if (event.key === "End") go(end);
    else if (event.key === " ") video.paused ? video.play() : video.pause();
    else return;
    event.preventDefault();
  });
  video.addEventListener("loadedmetadata", () => {
    if (!video.videoWidth) return;
    video.style.setProperty("--ratio", video.videoWidth / video.videoHeight);
    video.classList.add("sized");
  });
  for (const name of ["timeupdate", "seeked", "loadedmetadata"]) video.addEventListener(name, show);
  video.addEventListener("play", follow);
  video.addEventListener("error", () => {
    video.parentElement.hidden = true;
    document.getElementById("no-video").hidden = false;
  });
  if (video.readyState >= 1) video.dispatchEvent(new Event("loadedmetadata"));
  show();
})();
