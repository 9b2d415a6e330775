// The camera can be tried before a session: its picture stays in this browser.
const button = document.getElementById("try");
const video = document.getElementById("picture");
const said = document.getElementById("said");
const form = button.form;
const WHY = {
  NotAllowedError: "The camera was not allowed: allow it for this page in the browser's settings.",
  NotFoundError: "There is no camera on this device.",
  NotReadableError: "The camera is in use by another program.",
};

function stop() {
  for (const track of video.srcObject?.getTracks() ?? []) track.stop();
  video.srcObject = null;
  video.hidden = true;
  button.textContent = "Try the camera";
}

async function start() {
  if (!navigator.mediaDevices) {
    said.textContent = "Browsers open the camera for this machine itself, or over https alone.";
    return;
  }
  try {
    video.srcObject = await navigator.mediaDevices.getUserMedia({
      video: { facingMode: form.elements.facing.value, width: { ideal: 1280 } }, audio: false,
    });
  } catch (error) {
    said.textContent = WHY[error.name] ?? `The camera does not start: ${error.message}`;
    return;
  }
  video.hidden = false;
  video.classList.toggle("mirrored", form.elements.mirror.checked);
  await video.play();
  said.textContent = "This is what the camera sees. The whole of you has to be in it, feet and head.";
  button.textContent = "Stop the camera";
}

button.addEventListener("click", () => {
  if (video.srcObject) stop();
  else start();
});
form.elements.mirror.addEventListener("change", () => {
  video.classList.toggle("mirrored", form.elements.mirror.checked);
});
addEventListener("pagehide", stop);
