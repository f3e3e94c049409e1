// The chat: what is said comes by server-sent events, and goes by forms that are sent again until
// they are taken; each message has a key, by which one that was sent twice is one.
"use strict";

(() => {
  // Seconds between two tries to send, and in which somebody types who has pressed a key.
  const again = 2;
  const typing = 6;
  // Seconds after which nothing heard means that nothing is known; the panel breathes more often.
  const silence = 40;

  const wait = (seconds) => new Promise((done) => setTimeout(done, 1000 * seconds));

  const parsed = (html) => {
    const template = document.createElement("template");
    template.innerHTML = html;
    return template.content;
  };

  const random = () => [...crypto.getRandomValues(new Uint8Array(16))].map((one) => one.toString(16).padStart(2, "0")).join("");

  // One conversation: of who asks, or one of those at a desk.
  class Talk {
    constructor(place) {
      this.place = place;
      this.said = place.querySelector(".said");
      this.form = place.querySelector("form.say");
      this.seen = 0;
      this.sending = Promise.resolve();
      this.told = 0;
      this.down();
      // What has become a ticket goes on as a form does.
      if (this.form && place.dataset.live) this.listen();
    }

    listen() {
      const text = this.form.querySelector("textarea");
      this.form.addEventListener("submit", (event) => {
        event.preventDefault();
        this.say(text);
      });
      text.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
        event.preventDefault();
        this.say(text);
      });
      text.addEventListener("input", () => this.type());
      this.place.addEventListener("focusin", () => this.read());
      const short = this.form.querySelector(".short");
      if (!short) return;
      short.hidden = false;
      short.querySelector("select").addEventListener("change", ({ target }) => {
        if (target.value) text.value = text.value ? `${text.value}\n${target.value}` : target.value;
        target.value = "";
        text.focus();
      });
    }

    post(deed, fields) {
      const body = new URLSearchParams({ token: this.form.elements.token.value, ...fields });
      const headers = { "HX-Request": "true" };
      return fetch(`${this.place.dataset.to}/${deed}`, { method: "POST", body, headers });
    }

    // Messages go in the order in which they were typed: the next one waits for the one before.
    say(area) {
      const text = area.value.trim();
      if (!text) return;
      area.value = "";
      const key = random();
      const own = this.draft(text);
      this.sending = this.sending.then(() => this.send(text, key, area)).finally(() => own.remove());
    }

    // What was typed is shown at once, faint, until it comes back as said.
    draft(text) {
      const own = document.createElement("article");
      own.className = "words own faint";
      const words = document.createElement("p");
      words.className = "written";
      words.textContent = text;
      own.append(words);
      this.said.append(own);
      this.down();
      return own;
    }

    async send(text, key, area) {
      for (;;) {
        try {
          const answer = await this.post("say", { text, key });
          if (answer.ok) {
            if (!hearing()) await ask();
            return;
          }
          if (answer.status !== 429 && answer.status < 500) {
            // Over, or somebody else's by now, as the page will say: what was typed is given back.
            area.value = area.value ? `${text}\n${area.value}` : text;
            return;
          }
        } catch {
          // The network, or a panel that is started again.
        }
        await wait(again);
      }
    }

    type() {
      if (Date.now() - this.told < (1000 * typing) / 2) return;
      this.told = Date.now();
      this.post("types", {}).catch(() => {});
    }

    // The other side sees that what came was on the screen of who looks at it.
    read() {
      const last = this.last();
      const looks = document.visibilityState === "visible" && document.hasFocus();
      const here = this.place.id === "chat" || this.place.contains(document.activeElement);
      if (!this.form || !looks || !here || last <= this.seen) return;
      this.seen = last;
      this.post("read", { upto: String(last) }).catch(() => {});
    }

    last() {
      const theirs = this.said.querySelectorAll(".theirs");
      return theirs.length ? Number(theirs[theirs.length - 1].id.slice(5)) : 0;
    }

    // Return whether somebody else has said something new.
    take({ said, state, live }) {
      const news = [...parsed(said).children].filter((one) => !document.getElementById(one.id));
      const draft = this.said.querySelector(".faint.own");
      const below = this.said.scrollHeight - this.said.scrollTop - this.said.clientHeight < 80;
      for (const one of news) this.said.insertBefore(one, draft);
      const standing = this.place.querySelector(".standing");
      const html = parsed(state);
      if (standing.innerHTML.trim() !== state.trim()) standing.replaceChildren(html);
      const theirs = news.some((one) => one.matches(".theirs"));
      if (theirs) this.types(false);
      if (below && news.length) this.down();
      if (!live && this.place.dataset.live) this.over();
      this.read();
      return theirs;
    }

    over() {
      this.place.dataset.live = "";
      // What is half typed stays where it can be copied; without it there is nothing to lose.
      const area = this.form?.querySelector("textarea");
      if (this.place.id === "chat" && !area?.value) location.reload();
    }

    types(now) {
      clearTimeout(this.pause);
      this.place.querySelector(".types").hidden = !now;
      if (now) this.pause = setTimeout(() => this.types(false), 1000 * typing);
    }

    down() {
      this.said.scrollTop = this.said.scrollHeight;
    }
  }

  const visitor = document.getElementById("chat");
  const desk = document.getElementById("desk");
  const root = visitor ?? desk;
  if (!root) return;
  const stale = document.getElementById("stale");
  const talks = new Map();
  let events = null;
  let asking = null;
  let heard = Date.now();
  let calls = Number(root.dataset.calls ?? 0);

  const hearing = () => events?.readyState === EventSource.OPEN;

  const fresh = (known) => {
    if (known) heard = Date.now();
    stale.hidden = known;
  };

  // The title says how many want something; the visitor's, that there is something new.
  const plain = document.title;
  const mark = (number) => {
    document.title = number ? `(${number}) ${plain}` : plain;
  };

  // A short tone, where somebody has asked for it.
  const sound = document.getElementById("sound");
  let tones = null;
  const ring = () => {
    if (!tones || sound?.getAttribute("aria-pressed") !== "true") return;
    const tone = new OscillatorNode(tones, { frequency: 880 });
    const level = new GainNode(tones, { gain: 0.1 });
    tone.connect(level).connect(tones.destination);
    tone.start();
    tone.stop(tones.currentTime + 0.15);
  };
  if (sound) {
    sound.hidden = false;
    sound.addEventListener("click", () => {
      tones ??= new AudioContext();
      tones.resume();
      const on = sound.getAttribute("aria-pressed") !== "true";
      sound.setAttribute("aria-pressed", String(on));
      ring();
    });
  }

  const known = (place) => {
    const talk = new Talk(place);
    talks.set(place.dataset.chat, talk);
    return talk;
  };

  // One conversation of a desk: a new one as a whole, others by what is new of them.
  const one = (news) => {
    let talk = talks.get(String(news.chat));
    if (!news.panel) return talk?.take(news) ?? false;
    const place = parsed(news.panel).firstElementChild;
    if (!talk) {
      desk.querySelector(".talks").append(place);
      known(place).read();
      return true;
    }
    const said = place.querySelector(".said").innerHTML;
    const state = place.querySelector(".standing").innerHTML;
    return talk.take({ said, state, live: true });
  };

  const take = (news) => {
    fresh(true);
    if (visitor) {
      const theirs = talks.get(visitor.dataset.chat).take(news);
      if (theirs && !document.hasFocus()) mark(1);
      if (!news.live) events?.close();
      return;
    }
    let new_ = false;
    for (const chat of news.gone) {
      talks.get(String(chat))?.place.remove();
      talks.delete(String(chat));
    }
    for (const each of news.chats) new_ = one(each) || new_;
    if (news.list !== undefined) {
      morph(desk.querySelector(".list"), news.list);
      new_ ||= news.calls > calls;
      calls = news.calls;
      mark(calls);
    }
    if (new_) ring();
  };

  const ask = async () => {
    const last = visitor ? Math.max(0, ...[...document.querySelectorAll("[id^=said-]")].map((one) => Number(one.id.slice(5)))) : 0;
    try {
      const answer = await fetch(`${root.dataset.news}?after=${last}`, { headers: { "HX-Request": "true" } });
      const elsewhere = answer.headers.get("HX-Redirect");
      if (elsewhere) location.assign(elsewhere);
      else if (answer.ok) take(await answer.json());
      else fresh(false);
    } catch {
      fresh(false);
    }
  };

  const hear = () => {
    clearInterval(asking);
    asking = null;
    fresh(true);
  };

  const listen = () => {
    events = new EventSource(root.dataset.events);
    events.addEventListener("open", hear);
    events.addEventListener("breath", hear);
    events.addEventListener("types", ({ data }) => talks.get(data || visitor?.dataset.chat)?.types(true));
    events.addEventListener("message", ({ data }) => {
      hear();
      take(JSON.parse(data));
    });
    events.addEventListener("error", () => {
      // One that was refused is not tried again by the browser itself.
      if (events.readyState === EventSource.CLOSED) setTimeout(listen, 1000 * Number(root.dataset.again));
      if (asking !== null) return;
      asking = setInterval(ask, 1000 * Number(root.dataset.again));
      ask();
    });
  };

  for (const place of visitor ? [visitor] : desk.querySelectorAll(".talks > .talk")) known(place);
  if (desk) mark(calls);
  if (desk || visitor.dataset.live) {
    listen();
    setInterval(() => {
      if (Date.now() - heard > 1000 * silence) fresh(false);
    }, 1000);
  }
  const look = () => {
    if (document.visibilityState !== "visible") return;
    if (visitor) mark(0);
    for (const talk of talks.values()) talk.read();
  };
  document.addEventListener("visibilitychange", look);
  window.addEventListener("focus", look);
})();
