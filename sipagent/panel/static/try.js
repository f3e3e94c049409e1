// A walk through a scenario: keys go to the server, and what is said is played, one after the other.
"use strict";

(() => {
  const root = document.getElementById("try");
  if (!root) return;
  let heard = root.querySelectorAll("audio").length; // what was said before is not played again
  let playing = [];
  let asking = null;

  // Who presses a key hears no more of what was said before it.
  const hush = () => {
    for (const sound of playing) sound.pause();
    playing = [];
  };

  const play = () => {
    const [sound] = playing;
    if (!sound) return;
    const next = () => { playing.shift(); play(); };
    sound.addEventListener("ended", next, { once: true });
    sound.addEventListener("error", next, { once: true });
    sound.play().catch(() => {});
  };

  const show = (html) => {
    const many = document.activeElement?.id === "many";
    root.innerHTML = html;
    const sounds = [...root.querySelectorAll("audio")];
    playing = sounds.slice(heard);
    heard = sounds.length;
    root.querySelector(".words").scrollTop = 1e6;
    if (many) document.getElementById("many")?.focus();
    play();
    clearTimeout(asking);
    if (root.querySelector("[data-busy]")) asking = setTimeout(() => send({ method: "GET" }), 1000);
  };

  const send = async (options) => {
    const answer = await fetch(root.dataset.here, { ...options, headers: { "HX-Request": "true" } });
    if (answer.ok) show(await answer.text());
    else location.reload();
  };

  const press = (fields) => {
    hush();
    send({ method: "POST", body: new URLSearchParams(fields) });
  };

  root.addEventListener("submit", (event) => {
    if (!event.target.hasAttribute("data-act")) return;
    event.preventDefault();
    press(new FormData(event.target, event.submitter));
  });

  // The keys of the keyboard are those of the telephone, where nobody is typing.
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest("input, audio")) return;
    const form = root.querySelector(".keypad");
    if (form && /^[0-9*#]$/.test(event.key)) press([...new FormData(form), ["keys", event.key]]);
  });

  if (heard) {
    playing = [...root.querySelectorAll("audio")];
    play();
  }
  if (root.querySelector("[data-busy]")) asking = setTimeout(() => send({ method: "GET" }), 1000);
})();
