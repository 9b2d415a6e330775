// The page of a session: films, or shows what another page films.

import { translate, writeNumber } from "/static/language.js";
import { Camera } from "/static/session_camera.js";
import { Stage } from "/static/session_draw.js";
import { Link } from "/static/session_link.js";
import { Speaker } from "/static/session_voice.js";

const VERSION = 1;
const CAPTION_MS = 6000;
const LOST = translate("The connection to formcheck is lost: trying again");
const KEYS = { " ": "space", n: "n", r: "r", m: "m", d: "d", "?": "?", q: "q" };

const find = (id) => document.getElementById(id);
const stageElement = find("stage");
const role = stageElement.dataset.role;
const start = stageElement.dataset.start ? JSON.parse(stageElement.dataset.start) : null;
const look = await (await fetch("/api/session/look")).json();
const stage = new Stage(look);
stage.mirror(start?.mirrored ?? true);

let session = sessionStorage.getItem("session") ?? "";
let since = 0;
let hasBegun = false;
let isOver = false;
let captionTimer = 0;
let showsSpeed = false;
let wakeLock = null;

// One name for this page, kept while it is loaded again: a second page has another.
const page = sessionStorage.getItem(`page-${role}`) ?? makeName();
sessionStorage.setItem(`page-${role}`, page);

function makeName() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (one) => one.toString(16).padStart(2, "0")).join("");
}

const speaker = new Speaker((id) => link.say({ type: "ended", id }), showCaption, stageElement.dataset);
const camera = role === "camera" ? new Camera(find("video"), stageElement.dataset.facing, () => link.isOpen && session !== "", (bytes) => link.sendFrame(bytes)) : null;
const link = new Link(() => ({ type: "hello", version: VERSION, role, page, since, session }), hear, noteLink);

// --- what the server tells ------------------------------------------------------------

function hear(message) {
  if (message.type === "state") showState(message);
  else if (message.type === "picture") stage.keepPicture(message.data);
  else if (message.type === "line") {
    since = message.id;
    speaker.line(message);
  } else if (message.type === "chime") speaker.chime(message.kind);
  else if (message.type === "hush") speaker.hush();
  else if (message.type === "welcome") welcome(message);
  else if (message.type === "preparing") showCard(message.text, "", []);
  else if (message.type === "problem") showProblem(message);
  else if (message.type === "over") showOver(message);
}

function welcome(message) {
  if (message.session !== session) since = 0;
  if (message.ended) showCard(translate("The session is over"), message.ended, []);
  keepSession(message.session);
  stage.mirror(message.session ? message.mirrored : start?.mirrored ?? true);
  if (session) {
    isOver = false;
    link.expects = true;
    if (camera?.inFlight) camera.inFlight = null;
    find("buttons").hidden = false;
  } else offerStart();
}

function keepSession(name) {
  session = name;
  sessionStorage.setItem("session", name);
}

function showState(state) {
  if (isOver || state.session !== session) return;
  camera?.answer(state.frame, true);
  if (state.summary) {
    link.expects = false; // the last lines are spoken, and nothing else comes
    stage.show(state);
    stageElement.classList.add("finished");
    showSummary(state.summary);
    return;
  }
  find("card").hidden = true;
  stageElement.classList.remove("finished");
  stage.show(state);
  find("speed").hidden = !showsSpeed;
  if (showsSpeed) find("speed").textContent = tellSpeed();
}

function tellSpeed() {
  const told = camera?.tellSpeed();
  if (!told) return camera ? translate("Measuring") : translate("Measured on the filming device");
  const values = { hz: writeNumber(told.hz, 1), ms: writeNumber(told.ms) };
  return link.isStreamed
    ? translate("{hz} frames per second, round trip {ms} ms, by POST", values)
    : translate("{hz} frames per second, round trip {ms} ms", values);
}

function showProblem(problem) {
  if (problem.frame !== null) camera?.answer(problem.frame, false);
  if (problem.code === "frame" || problem.code === "too_fast") return;
  if (problem.code === "camera_taken") {
    link.stop();
    camera.close();
    showCard(translate("Another camera is in use"), problem.text, [], { screen: true });
    offerStart();
    return;
  }
  if (problem.code === "moved") {
    link.stop();
    camera?.close();
    find("buttons").hidden = true;
    showCard(translate("Open in another tab"), problem.text, []);
    offerStart();
    return;
  }
  if (problem.code === "version") link.stop();
  if (problem.code === "no_session") return;
  showCard(translate("That did not work"), problem.text, []);
  offerStart();
}

function showOver(over) {
  isOver = true;
  link.expects = false;
  stageElement.classList.add("finished");
  keepSession("");
  find("buttons").hidden = true;
  wakeLock?.release();
  if (!find("card-notes").dataset.summary) showCard(translate("The session is over"), over.text, []);
  delete find("card-notes").dataset.summary;
  for (const text of over.problems) addNote(text);
  find("card").hidden = false;
  const summary = find("summary-link");
  summary.hidden = !over.summary;
  if (over.summary) summary.href = over.summary;
  find("history-link").hidden = false;
  offerStart(translate("Start again"));
}

function showSummary(summary) {
  const notes = find("card-notes");
  if (notes.dataset.summary === summary.title) return;
  showCard(summary.title, "", summary.notes);
  notes.dataset.summary = summary.title;
  const table = document.createElement("table");
  table.id = "card-table";
  for (const { name, amount, status, remark } of summary.rows) {
    const row = table.insertRow();
    const cell = row.insertCell();
    cell.textContent = name;
    if (remark) {
      const line = document.createElement("div");
      line.className = "remark";
      line.textContent = remark;
      cell.append(line);
    }
    row.insertCell().textContent = `${amount}, ${translate(status)}`;
  }
  notes.before(table);
}

function showCard(title, text, notes, { screen = false } = {}) {
  find("card-table")?.remove();
  find("card").hidden = false;
  find("card-title").textContent = title;
  find("card-text").textContent = text;
  find("card-notes").replaceChildren();
  notes.forEach(addNote);
  find("summary-link").hidden = !screen;
  if (screen) {
    find("summary-link").href = "/screen";
    find("summary-link").textContent = translate("Open Screen");
  }
}

function addNote(text) {
  const row = document.createElement("li");
  row.textContent = text;
  find("card-notes").append(row);
}

function showCaption(text) {
  find("caption").textContent = text;
  clearTimeout(captionTimer);
  captionTimer = setTimeout(() => (find("caption").textContent = ""), CAPTION_MS);
}

function noteLink(isOpen) {
  stageElement.dataset.link = isOpen ? (link.isStreamed ? "post" : "socket") : "away";
  offerStart();
  if (!isOpen && session && !link.isStopped) {
    showCaption(LOST);
    clearTimeout(captionTimer); // it stays: what is shown beside it is of before
  } else if (find("caption").textContent === LOST) showCaption("");
}

// --- what the person does -------------------------------------------------------------

function offerStart(words) {
  const button = find("start");
  if (!button) return;
  button.hidden = session !== "" || link.isStopped;
  button.disabled = !camera?.stream || !link?.isOpen;
  if (words) button.textContent = words;
}

function begin() {
  speaker.unlock();
  keepAwake();
  hasBegun = true;
  isOver = false;
  stage.wait();
  find("start").hidden = true;
  find("history-link").hidden = true;
  link.say(start);
}

function press(key) {
  if (role === "camera") speaker.unlock(); // elsewhere “Sound here” does
  link.say({ type: "key", key });
}

async function keepAwake() {
  try {
    wakeLock = await navigator.wakeLock?.request("screen");
  } catch {
    // the battery is low, or the browser has none
  }
}

function toggleFull() {
  if (document.fullscreenElement) document.exitFullscreen();
  else document.documentElement.requestFullscreen?.().catch(() => {});
}

find("start")?.addEventListener("click", begin);
for (const button of find("buttons").querySelectorAll("button")) {
  button.addEventListener("click", () => {
    if (button.dataset.key) press(button.dataset.key);
    else if (button.dataset.own === "full") toggleFull();
    else if (button.dataset.own === "speed") {
      showsSpeed = !showsSpeed;
      button.setAttribute("aria-pressed", showsSpeed);
    } else if (button.dataset.own === "sound") {
      if (speaker.isOn) {
        speaker.hush();
        speaker.isOn = false;
      } else speaker.unlock();
      button.setAttribute("aria-pressed", speaker.isOn);
    }
  });
}
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if ([" ", "Enter"].includes(event.key) && event.target.closest("button, a")) return;
  if (event.key === "f") toggleFull();
  else if (KEYS[event.key] && session) {
    event.preventDefault();
    link.say({ type: "key", key: KEYS[event.key] });
  }
});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible" && session && hasBegun) keepAwake();
});
// A page that was loaded again in mid-session makes sounds from the next tap on.
document.addEventListener("pointerdown", () => role === "camera" && session && speaker.unlock());

globalThis.formcheck = { camera, link, speaker, stage };
if (camera) {
  const problem = await camera.open();
  if (problem) showCard(translate("There is no picture"), problem, []);
  offerStart();
}
