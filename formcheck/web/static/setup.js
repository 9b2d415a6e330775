// The camera can be tried before a session: its picture stays in this browser.
import { translate } from "/static/language.js";
import { listVoices } from "/static/session_voice.js";

const button = document.getElementById("try");
const video = document.getElementById("picture");
const said = document.getElementById("said");
const form = button.form;
const WHY = {
  NotAllowedError: translate("The camera is not allowed: allow it in the browser's settings for this page, then reload the page."),
  NotFoundError: translate("This device has no camera that the browser can use."),
  NotReadableError: translate("The camera is in use by another program."),
};

function stop() {
  for (const track of video.srcObject?.getTracks() ?? []) track.stop();
  video.srcObject = null;
  video.hidden = true;
  button.textContent = translate("Try the camera");
}

async function start() {
  if (!navigator.mediaDevices) {
    said.textContent = translate("This browser allows the camera only for pages over https or on localhost. Start formcheck with --lan and open the address that it prints.");
    return;
  }
  try {
    video.srcObject = await navigator.mediaDevices.getUserMedia({
      video: { facingMode: form.elements.facing.value, width: { ideal: 1280 } }, audio: false,
    });
  } catch (error) {
    said.textContent = WHY[error.name] ?? translate("The camera cannot be used: {problem}", { problem: error.message });
    return;
  }
  video.hidden = false;
  video.classList.toggle("mirrored", form.elements.mirror.checked);
  await video.play();
  said.textContent = translate("This is what the camera sees. You need to be in it from head to feet.");
  button.textContent = translate("Stop the camera");
}

button.addEventListener("click", () => {
  if (video.srcObject) stop();
  else start();
});
form.elements.mirror.addEventListener("change", () => {
  video.classList.toggle("mirrored", form.elements.mirror.checked);
});
addEventListener("pagehide", stop);

// Browsers find their voices some time after the page is there.
function offerVoices() {
  const select = document.getElementById("browser-voice");
  const known = new Set(Array.from(select.options, (one) => one.value));
  for (const { name } of listVoices()) if (!known.has(name)) select.add(new Option(name));
}
globalThis.speechSynthesis?.addEventListener?.("voiceschanged", offerVoices);
offerVoices();
