// The sound of a headset, in the browser's thread for sound: A-law at 8 kHz (ITU-T G.711).
"use strict";

const RATE = 8000;
// Samples of 20 ms, as the line sends and takes them.
const FRAME = 160;
// Samples that are there before anything is heard, and at the most: 60 and 160 ms.
const FIRST = 3 * FRAME;
const MOST = 8 * FRAME;
// Calls of process() after which what was never needed meanwhile is left out: about a second.
const LOOK = 64;
// Of which frequency upwards nothing is sent, in Hz, and how long the filter is, in samples of 8 kHz.
const CUTOFF = 3600;
const LENGTH = 16;

const decoded = Float32Array.from({ length: 256 }, (_, code) => {
  const bits = code ^ 0x55;
  const exponent = (bits >> 4) & 7;
  const mantissa = ((bits & 15) << 4) + 8;
  const size = exponent ? (mantissa + 256) << (exponent - 1) : mantissa;
  return (bits & 128 ? size : -size) / 32768;
});

const encoded = (sample) => {
  const value = Math.max(-32768, Math.min(32767, Math.round(sample * 32768)));
  const size = (value < 0 ? -value - 1 : value) >> 4;
  const exponent = size < 16 ? 0 : 28 - Math.clz32(size);
  const mantissa = (exponent ? size >> (exponent - 1) : size) & 15;
  return ((value < 0 ? 0 : 128) | (exponent << 4) | mantissa) ^ 0x55;
};

// Plays what the line sends, as evenly as it should have come; runs at 8 kHz.
class Earpiece extends AudioWorkletProcessor {
  constructor() {
    super();
    this.samples = [];
    this.plays = false;
    this.spare = MOST;
    this.turn = 0;
    this.port.onmessage = ({ data }) => this.take(new Uint8Array(data));
  }

  take(codes) {
    for (const code of codes) this.samples.push(decoded[code]);
    // What comes late in a heap is not heard: who listens is to hear what is said now.
    if (this.samples.length > MOST) this.samples.splice(0, this.samples.length - FIRST);
  }

  process(_, [[out]]) {
    const there = this.samples.length;
    this.plays = there >= (this.plays ? out.length : FIRST);
    if (this.plays) {
      out.set(this.samples.splice(0, out.length));
      this.spare = Math.min(this.spare, this.samples.length);
    } else {
      this.spare = 0;
    }
    if (++this.turn % LOOK === 0) {
      if (this.spare > FRAME) this.samples.splice(0, this.spare - FRAME);
      this.spare = MOST;
    }
    return true;
  }
}

// Sends what the microphone hears, whatever its rate, in frames.
class Microphone extends AudioWorkletProcessor {
  constructor() {
    super();
    this.step = sampleRate / RATE;
    this.taps = this.filter();
    this.heard = [];
    this.at = 0;
    this.frame = [];
  }

  // A low pass (a sinc in a Hann window), so that what 8 kHz cannot carry is not heard as something else.
  filter() {
    const count = Math.max(1, Math.round(LENGTH * this.step));
    const middle = (count - 1) / 2;
    const taps = Array.from({ length: count }, (_, n) => {
      const x = (2 * CUTOFF * (n - middle)) / sampleRate;
      const sinc = x ? Math.sin(Math.PI * x) / (Math.PI * x) : 1;
      return sinc * (0.5 - 0.5 * Math.cos((2 * Math.PI * (n + 1)) / (count + 1)));
    });
    const sum = taps.reduce((all, tap) => all + tap, 0);
    return taps.map((tap) => tap / sum);
  }

  filtered(from) {
    return this.taps.reduce((all, tap, n) => all + tap * this.heard[from + n], 0);
  }

  process([[heard]]) {
    if (!heard) return true;
    this.heard.push(...heard);
    while (Math.floor(this.at) + 1 + this.taps.length <= this.heard.length) {
      const from = Math.floor(this.at);
      const part = this.at - from;
      this.say((1 - part) * this.filtered(from) + part * this.filtered(from + 1));
      this.at += this.step;
    }
    const done = Math.floor(this.at);
    this.heard.splice(0, done);
    this.at -= done;
    return true;
  }

  say(sample) {
    this.frame.push(encoded(sample));
    if (this.frame.length === FRAME) {
      this.port.postMessage(Uint8Array.from(this.frame).buffer);
      this.frame = [];
    }
  }
}

registerProcessor("earpiece", Earpiece);
registerProcessor("microphone", Microphone);
