// A clip is sent, waited for, and forgotten when its report is left.
import { translate, writeNumber } from "/static/language.js";

const WORDS = {
  poses: translate("Finding poses"), closer: translate("Looking closer"), video: translate("Drawing the video"),
};
const ASK_EVERY_MS = 500;
const STAY_MS = 5000; // whichever of the two came first

const find = (id) => document.getElementById(id);
const say = (text) => { find("said").textContent = text; };

const form = find("upload");
if (form) {
  const input = find("file"), drop = form.querySelector(".drop");
  for (const kind of ["dragover", "drop"]) addEventListener(kind, (event) => event.preventDefault());
  drop.addEventListener("dragover", () => drop.classList.add("over"));
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    drop.classList.remove("over");
    if (event.dataTransfer.files.length) input.files = event.dataTransfer.files;
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(input.files[0]);
  });
}

function send(file) {
  if (file.size > Number(form.dataset.max)) {
    say(translate("It is larger than {n} GB.", { n: writeNumber(Number(form.dataset.max) / 1e9) }));
    return;
  }
  const query = new URLSearchParams({
    name: file.name, modified: file.lastModified, exercise: find("exercise").value,
  });
  for (const name of ["mirrored", "remember"]) if (find(name)?.checked) query.set(name, "1");
  const bar = find("sent"), button = form.querySelector("button");
  const request = new XMLHttpRequest();
  const fail = (text) => {
    say(text);
    bar.hidden = true;
    button.disabled = false;
  };
  request.upload.addEventListener("progress", (event) => {
    bar.value = event.loaded / event.total;
    say(translate("Sending: {n} %", { n: Math.floor(100 * bar.value) }));
  });
  request.addEventListener("load", () => {
    const isText = request.getResponseHeader("Content-Type")?.startsWith("text/plain");
    if (request.status !== 200) fail(isText ? request.responseText : translate("That did not work"));
    else location.assign(`/clips/${JSON.parse(request.responseText).id}`);
  });
  request.addEventListener("error", () => fail(translate("The connection to formcheck was lost.")));
  request.open("POST", `/clips?${query}`);
  request.send(file);
  bar.hidden = false;
  button.disabled = true;
}

const job = find("job");
if (job && !find("sent").hidden) {
  const bar = find("sent");
  let lost = 0;
  const ask = async () => {
    try {
      const answer = await fetch(`/clips/${job.dataset.id}/state`);
      if (!answer.ok) {
        say(translate("This clip is no longer here."));
        return;
      }
      const now = await answer.json();
      lost = 0;
      if (now.state === "done") {
        location.replace(`/clips/${job.dataset.id}/report`);
        return;
      }
      if (now.state === "failed") {
        say(now.problem);
        bar.hidden = true;
        forgetWhenLeft();
        document.querySelector("main button").textContent = translate("Close");
        return;
      }
      const share = now.total ? now.done / now.total : null;
      if (share === null) bar.removeAttribute("value");
      else bar.value = share;
      const what = WORDS[now.stage] ?? translate("Under way");
      say(now.state === "waiting" ? translate("Another clip is being judged first") :
        share === null ? what : `${what}: ${Math.floor(100 * share)} %`);
    } catch {
      if (++lost > 5) say(translate("The connection to formcheck is lost: trying again"));
    }
    setTimeout(ask, ASK_EVERY_MS);
  };
  ask();
}

// Why it failed is kept for a moment beyond its page, as a report is.
function forgetWhenLeft() {
  addEventListener("pagehide", () => navigator.sendBeacon(`/clips/${job.dataset.id}/leave`));
}
if (job && find("sent").hidden) forgetWhenLeft();

const report = find("report");
if (report) {
  const path = `/clips/${report.dataset.id}`;
  let decided = false;
  for (const own of report.querySelectorAll("form")) {
    own.addEventListener("submit", () => { decided = true; });
  }
  addEventListener("pagehide", () => { if (!decided) navigator.sendBeacon(`${path}/leave`); });
  // Loaded anew, or come back to by the back button: the page before has just said that it was left.
  const stay = () => fetch(`${path}/state`).catch(() => {});
  addEventListener("pageshow", () => {
    stay();
    setTimeout(stay, STAY_MS);
  });
}
