// Draws a moment over the picture, in letters that are read from three metres, as the window does.

const CAPITAL = 0.7; // of a font's size
const KEEP_LETTERS = 8;

const find = (id) => document.getElementById(id);

export class Stage {
  constructor(look) {
    this.look = look;
    this.stage = find("stage");
    this.video = find("video");
    this.picture = this.video ?? find("picture");
    this.canvas = find("body");
    this.figures = new Map();
    this.pictures = new Map(); // of the page that films, by number, until they are judged
    this.state = null;
    this.top = 0; // of the picture
    this.isNarrow = false; // the person would have been covered in this phase
    this.isMirrored = true;
    const observer = new ResizeObserver(() => this.resize());
    for (const one of [this.stage, find("card")]) observer.observe(one);
    this.video?.addEventListener("resize", () => this.resize());
    this.video?.addEventListener("loadedmetadata", () => this.resize());
    this.wait();
  }

  // Nothing is judged yet: the person sees the whole of themselves beside what is told.
  wait() {
    this.state = null;
    this.top = 0;
    this.stage.classList.remove("finished");
    this.stage.classList.toggle("waiting", this.video !== null);
    this.resize();
  }

  mirror(isMirrored) {
    this.isMirrored = isMirrored;
    this.picture.classList.toggle("mirrored", isMirrored);
  }

  resize() {
    this.width = this.stage.clientWidth;
    this.height = this.stage.clientHeight;
    const short = Math.min(this.width, this.height);
    this.large = (this.look.shares.capital / CAPITAL) * short;
    this.stage.style.setProperty("--large", `${this.large}px`);
    this.stage.style.setProperty("--middle", `${Math.max(KEEP_LETTERS, 0.055 * short)}px`);
    this.stage.style.setProperty("--small", `${Math.max(KEEP_LETTERS, 0.033 * short)}px`);
    this.fitted = this.placed = this.phase = null;
    this.place();
    if (this.state) this.show(this.state);
  }

  // Where things go, as in the window: over the sides of the picture of a wide screen at most, and
  // never over the person. Left, top, right and bottom of each, in pixels.
  plan() {
    const { shares } = this.look;
    const { width, height, top, state } = this;
    if (this.stage.classList.contains("waiting")) {
      const card = find("card");
      const [right, floor] = width < height ? [width, height - card.offsetHeight] : [width - card.offsetWidth, height];
      return { picture: [0, 0, right, floor] };
    }
    const room = height - find("buttons").offsetHeight - find("foot").offsetHeight;
    const floor = Math.max(top + 1, room);
    const isResting = state?.shows === "rest";
    if (width < height) {
      const middle = Math.max(top + 1, shares.upper * height);
      const stripTop = Math.max(middle, floor - shares.strip * height);
      return {
        column: 0.5 * width,
        floor,
        top: Math.min(middle, floor - 1),
        picture: [isResting ? 0.5 * width : 0, top, width, middle],
        strip: [0, stripTop, width, floor],
        rest: [0, top, 0.5 * width, middle],
      };
    }
    const column = shares.column * width;
    const left = (1 - shares.way_in) * width;
    const middle = (top + floor) / 2;
    let picture = [0, top, width, floor];
    if (state?.shows_way_in) picture = [0, top, left, isResting ? middle : floor];
    else if (state?.is_level || this.isNarrow) picture = [column, top, width - column, floor];
    return { column, floor, top, picture, strip: [left, top, width, floor], rest: [0, middle, left, floor] };
  }

  // The picture in its room: all over it if little has to be cut off, else whole.
  fit([left, top, right, bottom]) {
    const wide = this.video?.videoWidth || this.state?.width_px || 640;
    const tall = this.video?.videoHeight || this.state?.height_px || 480;
    const shares = [(right - left) / wide, Math.max(1, bottom - top) / tall].sort((a, b) => a - b);
    const share = shares[0] / shares[1] >= 1 - this.look.shares.cut ? shares[1] : shares[0];
    return {
      left: (left + right - wide * share) / 2,
      top: top + Math.max(0, bottom - top - tall * share) / 2,
      width: wide * share,
      height: tall * share,
    };
  }

  // Whether the clock or the drawing would lie over the person, or touch them.
  isCovered({ points, width_px: wide, height_px: tall, shows_way_in: isLedIn }) {
    const seen = points.filter((one) => one && one[0] >= 0 && one[0] < wide && one[1] >= 0 && one[1] < tall);
    if (isLedIn || this.width < this.height || !seen.length) return false;
    const { column, picture } = this.plan();
    const box = this.fit(picture);
    const room = column + this.look.shares.beside * box.width;
    const across = seen.map((one) => box.left + (one[0] / wide) * box.width);
    return Math.min(...across) < room || Math.max(...across) > this.width - room;
  }

  place() {
    this.arranged = null;
    this.box = this.fit(this.plan().picture);
    for (const one of [this.picture, this.canvas]) {
      for (const [name, px] of Object.entries(this.box)) one.style[name] = `${px}px`;
    }
    const ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.max(1, Math.round(this.box.width * ratio));
    this.canvas.height = Math.max(1, Math.round(this.box.height * ratio));
  }

  show(state) {
    this.stage.classList.remove("waiting");
    this.state = state;
    this.showBanner(state);
    find("foot").textContent = state.notice ?? state.heading;
    // Below the highest banner of the phase, so that it seldom moves.
    if (state.phase !== this.phase) [this.top, this.isNarrow, this.phase] = [0, false, state.phase];
    this.top = Math.max(this.top, find("banner").offsetHeight);
    this.isNarrow ||= this.isCovered(state);
    const told = [this.top, state.width_px, state.height_px, state.shows, state.shows_way_in,
      state.is_level || this.isNarrow].join("|");
    if (told !== this.placed) {
      this.placed = told;
      this.place();
    }
    this.picture.classList.toggle("dimmed", state.alert !== null);
    if (state.frame !== null) this.drawPicture(state.frame);
    this.drawBody(state);
    this.showBeside(state);
    this.showDetails(state);
    this.showKeys(state.shows_keys);
  }

  // --- the picture of the page that films ---------------------------------------------

  async keepPicture(data) {
    const number = new DataView(data).getUint32(0);
    const blob = new Blob([new Uint8Array(data, 12)], { type: "image/jpeg" });
    const picture = await createImageBitmap(blob).catch(() => null);
    if (!picture) return; // spoilt: it is not judged either
    this.pictures.set(number, picture);
    for (const one of this.pictures.keys()) if (one < number - 5) this.pictures.delete(one);
    if (this.state?.frame === number) this.drawPicture(number);
  }

  drawPicture(number) {
    const picture = this.pictures.get(number);
    const canvas = find("picture");
    if (!picture || !canvas) return;
    this.pictures.delete(number);
    if (canvas.width !== picture.width || canvas.height !== picture.height) {
      canvas.width = picture.width;
      canvas.height = picture.height;
    }
    canvas.getContext("2d", { alpha: false }).drawImage(picture, 0, 0);
    picture.close();
  }

  // --- over the picture ---------------------------------------------------------------

  drawBody(state) {
    const canvas = this.canvas;
    const draw = canvas.getContext("2d");
    draw.clearRect(0, 0, canvas.width, canvas.height);
    if (!state.points.length) return;
    const share = canvas.width / state.width_px;
    const points = state.points.map((one) => one && [one[0] * share, one[1] * share]);
    const unit = Math.max(1, Math.min(canvas.width, canvas.height) / 540);
    for (const [colour, width] of [[this.look.colours.black, 5 * unit], [this.look.colours.white, 2.5 * unit]]) {
      draw.strokeStyle = colour;
      draw.lineWidth = width;
      draw.lineCap = "round";
      draw.beginPath();
      for (const [a, b] of this.look.limbs) {
        if (!points[a] || !points[b]) continue;
        draw.moveTo(...points[a]);
        draw.lineTo(...points[b]);
      }
      draw.stroke();
    }
    for (const [look, { symbol, colour }] of Object.entries(this.look.looks)) {
      const radius = (look === "fail" ? 14 : 9) * unit;
      for (const mark of state.marks) {
        const at = mark.joint === null ? null : points[mark.joint];
        if (at && mark.look === look) drawSymbol(draw, symbol, at, radius, colour);
      }
    }
  }

  // --- what is read from the mat ------------------------------------------------------

  showBanner(state) {
    const tone = this.look.tones[state.cue.tone];
    const told = [state.cue.text, state.coming, state.cue.tone].join("|");
    find("banner").hidden = false;
    if (told === this.fitted) return;
    this.fitted = told;
    const cue = find("cue");
    cue.style.background = tone.ground === this.look.colours.dark ? "var(--shade)" : tone.ground;
    cue.style.color = tone.ink;
    find("cue-text").textContent = state.cue.text;
    find("coming").textContent = state.coming ?? "";
    const nLines = this.width >= this.height ? 2 : 4;
    const cueLines = fitLines(cue, this.large, nLines);
    if (state.coming) {
      if (cueLines >= nLines) find("coming").textContent = "";
      else fitLines(find("coming"), this.large, nLines - cueLines);
    }
    const sign = find("sign");
    const px = (parseFloat(getComputedStyle(cue).fontSize) * 0.8 * (window.devicePixelRatio || 1)) | 0;
    sign.width = sign.height = px;
    const dark = ["check", "alert"].includes(tone.symbol);
    drawSymbol(sign.getContext("2d"), tone.symbol, [px / 2, px / 2], px / 2, dark ? this.look.colours.white : tone.ink);
  }

  showBeside(state) {
    const isClock = state.shows === "clock" || state.shows === "count";
    const isBreathing = state.breath !== null && !state.shows_details;
    find("clock").hidden = !isClock;
    find("rest").hidden = state.shows !== "rest";
    find("breath").hidden = !isBreathing;
    find("drawing").hidden = state.shows_way_in || state.shows_details;
    find("strip").hidden = !state.shows_way_in;
    this.drawFigures(state);
    // To ask for sizes takes long: only where something may have moved.
    const told = [this.fitted, state.shows, state.shows_way_in, state.shows_details, isBreathing,
      state.notice ?? state.heading, state.clock.state, this.drawn].join("|");
    if (told !== this.arranged) {
      this.arranged = told;
      this.arrange(state, isClock);
    }
    if (isClock) this.showClock(state);
    if (state.shows === "rest") find("rest-number").textContent = state.count;
    if (isBreathing) {
      find("breath-word").textContent = state.breath.text;
      find("air").setAttribute("r", 9.5 * (0.35 + 0.65 * state.breath.full));
    }
  }

  arrange(state, isClock) {
    const { column, floor, top, strip, rest } = this.plan();
    const buttons = find("buttons").offsetHeight;
    find("foot").style.bottom = `${buttons}px`;
    const put = (id, from, to, width = column) => {
      const one = find(id);
      one.style.width = `${width}px`;
      one.style.top = `${from}px`;
      one.style.height = `${Math.max(0, to - from)}px`;
    };
    put("clock", top, floor);
    if (isClock) {
      const word = this.look.clocks[state.clock.state];
      const line = find("clock-word");
      line.textContent = word.word;
      line.style.background = word.ground;
      line.style.color = word.ink;
      fitLines(line, this.large, 1);
      this.clockRoom = Math.min(column, floor - top - line.offsetHeight);
    }
    const [restRoom, restHeight] = [rest[2] - rest[0], rest[3] - rest[1]];
    put("rest", rest[1], rest[3], restRoom);
    find("rest-number").style.fontSize = `${Math.min(0.6 * restRoom, 0.6 * restHeight)}px`;
    find("rest-below").textContent = this.look.of_rest;
    find("breath").style.fontSize = `min(var(--middle), ${column / 8.5}px)`;
    const below = find("breath").offsetHeight;
    find("breath").style.width = `${column}px`;
    find("breath").style.top = `${floor - below}px`;
    put("drawing", top, floor - below);
    put("details", top, floor);
    this.stripRoom = [strip[2] - strip[0], strip[3] - strip[1]];
    put("strip", strip[1], strip[3], this.stripRoom[0]);
    this.scaleSteps();
    find("caption").style.bottom = `${buttons}px`; // in the foot's place: over the picture it hides legs
    find("speed").style.top = `${this.top + 6}px`;
  }

  // The same person in each drawing of the way in, so of one scale.
  scaleSteps() {
    const [width, height] = this.stripRoom ?? [this.width, 0.4 * this.height];
    const drawn = [...find("strip").querySelectorAll("svg")];
    const boxes = drawn.map((svg) => svg.viewBox.baseVal);
    const room = (0.96 * width) / Math.max(1, drawn.length);
    const unit = Math.min(...boxes.map((box) => Math.min(room / box.width, (0.96 * height) / box.height)));
    drawn.forEach((svg, i) => {
      svg.style.width = `${unit * boxes[i].width}px`;
      svg.style.height = `${unit * boxes[i].height}px`;
    });
  }

  showClock(state) {
    const { clock } = state;
    const isCount = state.shows === "count";
    const room = this.clockRoom;
    const number = isCount ? state.count : clock.number;
    const wide = Math.max(1, number.length) * 0.6;
    find("number").textContent = number;
    find("number").style.fontSize = `${Math.min(isCount ? 0.8 * room : 0.5 * room, (0.62 * room) / wide)}px`;
    find("below").textContent = isCount ? "" : clock.below;
    find("ring").querySelector("svg").style.visibility = isCount || !clock.target ? "hidden" : "visible";
    if (isCount || !clock.target) return;
    const done = Math.min(1, clock.done / clock.target);
    const solid = Math.min(done, clock.confirmed / clock.target);
    find("solid").setAttribute("d", traceArc(0, solid));
    find("hatched").setAttribute("d", traceArc(solid, done));
  }

  async drawFigures(state) {
    const key = `${state.exercise_id}?mirrored=${state.figure_mirrored}`;
    if (!state.exercise_id || key === this.drawn) return;
    this.drawn = key;
    if (!this.figures.has(key)) {
      const answer = await fetch(`/api/session/figures/${key}`).catch(() => null);
      if (!answer?.ok) {
        if (this.drawn === key) this.drawn = null;
        return;
      }
      this.figures.set(key, await answer.json());
    }
    if (this.drawn !== key) return;
    const { way_in: way, position } = this.figures.get(key);
    find("drawing").replaceChildren(...(position ? [parseSvg(position)] : []));
    const steps = [...way, ...(position ? [position] : [])].map((text) => {
      const cell = document.createElement("div");
      cell.append(parseSvg(text));
      return cell;
    });
    find("strip").replaceChildren(...steps);
    this.scaleSteps();
  }

  showDetails(state) {
    const details = find("details");
    details.hidden = !state.shows_details;
    if (!state.shows_details) return;
    const told = [state.heading, state.back ?? "", ...state.marks.map((one) => `${one.text} ${one.value ?? ""}`)];
    if (told.join("|") === this.detailed) return;
    this.detailed = told.join("|");
    const list = document.createElement("ul");
    for (const text of told.slice(1).filter(Boolean)) {
      const row = document.createElement("li");
      row.textContent = text;
      list.append(row);
    }
    const title = document.createElement("strong");
    title.textContent = told[0];
    details.replaceChildren(title, list);
  }

  showKeys(isShown) {
    const keys = find("keys");
    keys.hidden = !isShown;
    if (!isShown || keys.childElementCount) return;
    const table = document.createElement("table");
    for (const [key, meaning] of this.look.keys) {
      const row = table.insertRow();
      row.insertCell().textContent = key;
      row.insertCell().textContent = meaning;
    }
    keys.append(table);
  }
}

// The largest letters, at most so large, in which a paragraph has so few lines; how many it has.
function fitLines(element, size, nLines) {
  for (;;) {
    element.style.fontSize = `${size}px`;
    const style = getComputedStyle(element);
    const pad = parseFloat(style.paddingTop) + parseFloat(style.paddingBottom);
    const room = element.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    const written = document.createRange();
    written.selectNodeContents(element);
    const n = Math.round((element.offsetHeight - pad) / (1.15 * size));
    if ((n <= nLines && written.getBoundingClientRect().width <= room + 1) || size <= KEEP_LETTERS) return n;
    size = Math.floor(size * 0.94);
  }
}

function parseSvg(text) {
  const drawn = new DOMParser().parseFromString(text, "text/html").querySelector("svg");
  return document.importNode(drawn, true);
}

// A part of the ring, clockwise from 12 o'clock; shares of the circle.
function traceArc(from, to) {
  if (to - from < 0.002) return "";
  const point = (share) => {
    const angle = 2 * Math.PI * Math.min(share, from + 0.9999) - Math.PI / 2;
    return `${(88 * Math.cos(angle)).toFixed(2)} ${(88 * Math.sin(angle)).toFixed(2)}`;
  };
  return `M${point(from)}A88 88 0 ${to - from > 0.5 ? 1 : 0} 1 ${point(to)}`;
}

// Each symbol has its own outline, told apart without colour.
export function drawSymbol(draw, symbol, [x, y], r, colour) {
  const black = "#000";
  const trace = (points, isClosed) => {
    draw.beginPath();
    points.forEach(([a, b], i) => (i ? draw.lineTo(x + a * r, y + b * r) : draw.moveTo(x + a * r, y + b * r)));
    if (isClosed) draw.closePath();
  };
  const disc = (inside, edge) => {
    draw.beginPath();
    draw.arc(x, y, 0.88 * r, 0, 2 * Math.PI);
    draw.fillStyle = inside;
    draw.fill();
    draw.strokeStyle = edge;
    draw.lineWidth = Math.max(1, r / 8);
    draw.stroke();
  };
  const stroke = (points, ink) => {
    trace(points, false);
    draw.strokeStyle = ink;
    draw.lineWidth = Math.max(1.5, r / 4);
    draw.lineCap = "round";
    draw.stroke();
  };
  const fill = (points, ink) => {
    trace(points, true);
    draw.fillStyle = ink;
    draw.fill();
  };
  if (symbol === "check") {
    disc(colour, black);
    stroke([[-0.5, 0], [-0.12, 0.35], [0.5, -0.35]], black);
  } else if (symbol === "cross") {
    fill([[0, -1], [1, 0], [0, 1], [-1, 0]], colour);
    draw.strokeStyle = black;
    draw.lineWidth = Math.max(1, r / 8);
    draw.stroke();
    stroke([[-0.35, -0.35], [0.35, 0.35]], black);
    stroke([[-0.35, 0.35], [0.35, -0.35]], black);
  } else if (symbol === "level") {
    disc("#1e2126", colour);
    stroke([[-0.45, 0], [0.45, 0]], colour);
  } else if (symbol === "question" || symbol === "tip") {
    disc("#1e2126", colour);
    draw.fillStyle = colour;
    draw.font = `600 ${1.3 * r}px system-ui, sans-serif`;
    draw.textAlign = "center";
    draw.textBaseline = "middle";
    draw.fillText(symbol === "tip" ? "i" : "?", x, y + 0.06 * r);
  } else if (symbol === "alert") {
    fill([[0, -1], [1, 0.8], [-1, 0.8]], colour);
    stroke([[0, -0.35], [0, 0.2]], black);
    stroke([[0, 0.52], [0, 0.56]], black);
  } else if (symbol === "pause") {
    for (const side of [-1, 1]) fill([[side * 0.5 - 0.25, -1], [side * 0.5 + 0.25, -1], [side * 0.5 + 0.25, 1], [side * 0.5 - 0.25, 1]], colour);
  } else if (symbol === "play") {
    fill([[-0.5, -1], [1, 0], [-0.5, 1]], colour);
  } else {
    for (const side of [-1, 0, 1]) {
      draw.beginPath();
      draw.arc(x + side * 0.72 * r, y, r / 4, 0, 2 * Math.PI);
      draw.fillStyle = colour;
      draw.fill();
    }
  }
}
