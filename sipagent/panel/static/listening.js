// Listens to a conversation that goes on: sound and buttons over a WebSocket.
"use strict";

(() => {
  const place = document.getElementById("headset");
  const list = document.getElementById("live");
  if (!place || !list) return;
  const part = (name) => document.getElementById(`headset-${name}`);
  const buttons = [...place.querySelectorAll("[data-presses]")];
  const modes = new Set(["listen", "whisper", "barge"]);
  // Frames after which the panel is told that they have come: it sends no more than some at a time.
  const told = 5;
  let headset = null;

  const say = (text) => {
    part("says").textContent = text;
  };

  const trouble = (text, details = "") => {
    part("trouble").textContent = text;
    part("trouble").hidden = !text;
    part("details").textContent = details;
    part("details").hidden = !details;
  };

  const show = (mode) => {
    for (const button of buttons) {
      button.disabled = mode === null;
      if (button.dataset.mode) button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
    }
  };

  const worklet = async (context, name, options) => {
    await context.audioWorklet.addModule(place.dataset.worklet);
    return new AudioWorkletNode(context, name, options);
  };

  // What is heard: at the rate of the line, so that the browser makes the device's of it.
  class Earpiece {
    async open() {
      this.context = new AudioContext({ sampleRate: 8000, latencyHint: "interactive" });
      this.node = await worklet(this.context, "earpiece", { numberOfInputs: 0, outputChannelCount: [1] });
      this.node.connect(this.context.destination);
      await this.context.resume();
    }

    hear(sound) {
      this.node.port.postMessage(sound, [sound]);
    }

    close() {
      this.context?.close();
    }
  }

  // What is said: the microphone is on only where somebody is to hear it.
  class Microphone {
    async open(said) {
      const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
      this.stream = await navigator.mediaDevices.getUserMedia({ audio });
      this.context = new AudioContext({ latencyHint: "interactive" });
      const node = await worklet(this.context, "microphone", { numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" });
      node.port.onmessage = ({ data }) => said(data);
      this.context.createMediaStreamSource(this.stream).connect(node);
      this.on = true;
    }

    close() {
      for (const track of this.stream?.getTracks() ?? []) track.stop();
      this.context?.close();
    }
  }

  class Headset {
    constructor(call) {
      this.call = call;
      this.earpiece = new Earpiece();
      this.microphone = null;
      this.heard = 0;
      this.refused = false;
    }

    async open() {
      await this.earpiece.open();
      if (headset !== this) return;
      const scheme = location.protocol === "https:" ? "wss:" : "ws:";
      this.line = new WebSocket(`${scheme}//${location.host}/listening/${encodeURIComponent(this.call)}`);
      this.line.binaryType = "arraybuffer";
      this.line.addEventListener("message", ({ data }) => this.take(data));
      this.line.addEventListener("close", () => this.end(place.dataset.ended));
    }

    take(data) {
      if (typeof data !== "string") {
        this.earpiece.hear(data);
        if (++this.heard % told === 0) this.tell({ has: this.heard });
        return;
      }
      const words = JSON.parse(data);
      if (words.says) this.told(words.says.replace("listening.", ""));
      if (words.refused) {
        this.refused = true;
        trouble(place.dataset.refused, words.refused);
      }
      if (words.notes === "listening") this.listens(words);
    }

    // What is said by telephone: how somebody listens now, or why nothing is heard.
    told(prompt) {
      if (modes.has(prompt)) this.turn(prompt);
      else if (place.dataset[prompt]) say(place.dataset[prompt]);
    }

    listens({ whom, mode }) {
      say(place.dataset.listening.replace("{whom}", () => whom));
      this.turn(mode);
    }

    turn(mode) {
      show(mode);
      if (mode === "listen") this.mute();
    }

    async press(key, mode) {
      trouble("");
      if (mode && mode !== "listen" && !(await this.speaks())) return;
      this.tell({ presses: key });
    }

    // Whether the microphone is on.
    async speaks() {
      if (!window.isSecureContext) {
        trouble(place.dataset.unsafe);
        return false;
      }
      if (this.microphone) return true;
      const microphone = new Microphone();
      try {
        await microphone.open((sound) => this.send(sound));
      } catch {
        trouble(place.dataset.mute);
      }
      if (microphone.on && headset === this) this.microphone = microphone;
      else microphone.close();
      return this.microphone === microphone;
    }

    mute() {
      this.microphone?.close();
      this.microphone = null;
    }

    tell(words) {
      this.send(JSON.stringify(words));
    }

    send(data) {
      if (this.line?.readyState === WebSocket.OPEN) this.line.send(data);
    }

    end(text) {
      if (headset !== this) return;
      headset = null;
      this.mute();
      this.earpiece.close();
      this.line?.close();
      show(null);
      say(this.refused ? "" : text);
      part("end").hidden = true;
    }
  }

  list.addEventListener("click", async ({ target }) => {
    const call = target.closest("[data-call]")?.dataset.call;
    if (!call) return;
    headset?.end("");
    const mine = (headset = new Headset(call));
    place.hidden = false;
    part("end").hidden = false;
    part("heading").focus();
    trouble("");
    say(place.dataset.opens);
    try {
      await mine.open();
    } catch (error) {
      mine.end(place.dataset.ended);
      trouble(place.dataset.refused, String(error));
    }
  });

  for (const button of buttons)
    button.addEventListener("click", () => headset?.press(button.dataset.presses, button.dataset.mode));
  part("end").addEventListener("click", () => headset?.end(place.dataset.ended));
  show(null);
})();
