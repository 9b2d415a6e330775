// What is heard: sound that the server made, or the browser's own voice where it has none.

import { LANGUAGE } from "/static/language.js";

const WORDS_A_SECOND = 2.5;
const USUAL_RATE = 165; // words a minute: about what a browser's voice speaks by itself

// Voices of this device in the page's language: others send what is said to a service elsewhere.
export function listVoices() {
  const all = globalThis.speechSynthesis?.getVoices() ?? [];
  return all.filter((one) => one.localService && one.lang.split(/[-_]/)[0].toLowerCase() === LANGUAGE);
}

export class Speaker {
  // said: called with the id of each line that is over; caption: with the text of each that begins;
  // manner: the voice that was chosen on this device, words a minute, and volume in per cent.
  constructor(said, caption, { voice, rate, volume }) {
    this.chosen = voice;
    this.rate = Number(rate) / USUAL_RATE;
    this.volume = Number(volume) / 100;
    this.said = said;
    this.caption = caption;
    this.isOn = false;
    this.sound = null; // { source, id } that plays
    this.chain = Promise.resolve();
    this.chimes = new Map();
  }

  // From a tap: browsers let no page make a sound before one.
  unlock() {
    this.audio ??= new AudioContext();
    this.audio.resume();
    this.isOn = true;
    if ("speechSynthesis" in window) speechSynthesis.getVoices();
  }

  async line(line) {
    this.caption(line.text);
    if (line.is_past || !this.isOn) return;
    if (line.cuts) this.hush();
    // What was fetched later is not heard sooner.
    const turn = this.chain.then(() => (line.audio && !this.findChosen() ? this.play(line) : this.speak(line)));
    this.chain = turn.catch(() => {});
  }

  async play(line) {
    try {
      const source = await this.load(`/api/session/audio/${line.id}.wav`, this.audio.destination);
      this.sound = { source, id: line.id };
      source.onended = () => this.end(line.id);
      source.start();
    } catch {
      this.end(line.id);
    }
  }

  async speak(line) {
    const local = listVoices();
    const voice = this.findChosen() ?? local.find((one) => one.default) ?? local[0];
    if (!voice) {
      setTimeout(() => this.end(line.id), (line.text.split(" ").length / WORDS_A_SECOND) * 1000);
      return;
    }
    const words = new SpeechSynthesisUtterance(line.text);
    words.voice = voice;
    words.lang = voice.lang;
    words.rate = this.rate;
    words.volume = this.volume * (line.quiet ? 0.4 : 1);
    words.onend = words.onerror = () => this.end(line.id);
    speechSynthesis.speak(words);
  }

  findChosen() {
    return this.chosen ? listVoices().find((one) => one.name === this.chosen) : undefined;
  }

  async chime(kind) {
    if (!this.isOn) return;
    try {
      const loudness = new GainNode(this.audio, { gain: this.volume });
      loudness.connect(this.audio.destination);
      (await this.load(`/api/session/chime/${kind}.wav`, loudness, this.chimes)).start();
    } catch {
      // a chime that cannot be played is left out: what it says is shown too
    }
  }

  async load(address, where, kept) {
    let buffer = kept?.get(address);
    if (!buffer) {
      const answer = await fetch(address);
      if (!answer.ok) throw new Error(address);
      buffer = await this.audio.decodeAudioData(await answer.arrayBuffer());
      kept?.set(address, buffer);
    }
    const source = this.audio.createBufferSource();
    source.buffer = buffer;
    source.connect(where);
    return source;
  }

  hush() {
    if (this.sound) {
      const { source } = this.sound;
      this.sound = null;
      source.onended = null;
      source.stop();
    }
    if ("speechSynthesis" in window) speechSynthesis.cancel();
  }

  end(id) {
    if (this.sound?.id === id) this.sound = null;
    this.said(id);
  }
}
