// The page's own camera: shown at once, and sent as JPEG, one frame in flight.

import { translate } from "/static/language.js";

const LONGEST_PX = 640;
const QUALITY = 0.8;
const LOST_MS = 2000;

export class Camera {
  // ready: whether frames may be sent; send: called with a frame's bytes.
  constructor(video, facing, ready, send) {
    this.video = video;
    this.facing = facing || "user";
    this.ready = ready;
    this.send = send;
    this.number = 0;
    this.inFlight = null; // { number, sentMs }
    this.canvas = document.createElement("canvas");
    this.answers = []; // [when, there and back] of the last seconds, ms
    this.nAnswered = 0;
  }

  // Ask for the camera; a reason in words where there is none.
  async open() {
    if (!navigator.mediaDevices?.getUserMedia) {
      return translate("This browser allows the camera only for pages over https or on localhost. Start formcheck with --lan and open the address that it prints.");
    }
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({
        audio: false,
        video: { facingMode: this.facing, width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } },
      });
    } catch (error) {
      if (error.name === "NotAllowedError") return translate("The camera is not allowed: allow it in the browser's settings for this page, then reload the page.");
      if (error.name === "NotFoundError") return translate("This device has no camera that the browser can use.");
      return translate("The camera cannot be used: {problem}", { problem: error.message });
    }
    if (this.isClosed) this.close(); // while the browser asked
    this.video.srcObject = this.stream;
    await this.video.play().catch(() => {});
    for (const track of this.stream.getTracks()) track.onended = () => this.reopen();
    this.next();
    return null;
  }

  async reopen() {
    while ((await this.open()) !== null) await new Promise((done) => setTimeout(done, 1000));
  }

  close() {
    for (const track of this.stream?.getTracks() ?? []) {
      track.onended = null;
      track.stop();
    }
    this.isClosed = true;
  }

  next() {
    if (this.isClosed) return;
    const stream = this.stream;
    const go = (nowMs, told) => {
      if (stream === this.stream) this.take(told?.captureTime ?? nowMs).finally(() => this.next());
    };
    if (this.video.requestVideoFrameCallback) this.video.requestVideoFrameCallback(go);
    else setTimeout(() => go(performance.now()), 33);
  }

  async take(capturedMs) {
    const sentMs = performance.now();
    if (this.inFlight && sentMs - this.inFlight.sentMs < LOST_MS) return;
    const { videoWidth, videoHeight } = this.video;
    if (!videoWidth || !this.ready()) return;
    const share = Math.min(1, LONGEST_PX / Math.max(videoWidth, videoHeight));
    const width = Math.round(videoWidth * share);
    const height = Math.round(videoHeight * share);
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
    }
    this.inFlight = { number: ++this.number, sentMs };
    this.canvas.getContext("2d", { alpha: false }).drawImage(this.video, 0, 0, width, height);
    const blob = await new Promise((done) => this.canvas.toBlob(done, "image/jpeg", QUALITY));
    const bytes = new Uint8Array(12 + blob.size);
    const head = new DataView(bytes.buffer);
    head.setUint32(0, this.number);
    head.setFloat64(4, Math.max(0, capturedMs) / 1000);
    bytes.set(new Uint8Array(await blob.arrayBuffer()), 12);
    this.send(bytes);
  }

  // The server has judged a frame, or will not.
  answer(number, isJudged) {
    if (!this.inFlight || number === null || number < this.inFlight.number) return;
    const nowMs = performance.now();
    if (isJudged) {
      this.nAnswered += 1;
      this.answers.push([nowMs, nowMs - this.inFlight.sentMs]);
      while (this.answers[0][0] < nowMs - 10000) this.answers.shift();
    }
    this.inFlight = null;
  }

  // Frames judged a second, and the middle of the times there and back, over ten seconds.
  tellSpeed() {
    if (this.answers.length < 2) return null;
    const spanMs = this.answers.at(-1)[0] - this.answers[0][0];
    const times = this.answers.map((one) => one[1]).sort((a, b) => a - b);
    return {
      hz: ((this.answers.length - 1) / spanMs) * 1000,
      ms: times[times.length >> 1],
    };
  }
}
