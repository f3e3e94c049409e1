// The Help button opens a small panel over the page; without this script it is a link to the help.
"use strict";

(() => {
  const button = document.getElementById("helper-button");
  const panel = document.getElementById("helper-panel");
  if (!button || !panel || !panel.showModal) return;
  // Milliseconds without a key after which articles are looked for.
  const pause = 250;
  let wait = 0;
  let asked = 0;

  const offer = async (text) => {
    const place = document.getElementById("helper-found");
    const mine = (asked += 1);
    try {
      const answer = await fetch(place.dataset.suggest + encodeURIComponent(text));
      const found = answer.ok ? await answer.text() : "";
      if (mine === asked) place.innerHTML = found;
    } catch {
      // The form asks without a script, too.
    }
  };

  const open = async () => {
    try {
      const answer = await fetch(panel.dataset.part);
      if (!answer.ok) throw new Error(answer.statusText);
      panel.innerHTML = await answer.text();
    } catch {
      location.assign(button.href);
      return;
    }
    panel.showModal();
    const words = document.getElementById("helper-q");
    words.focus();
    words.addEventListener("input", () => {
      clearTimeout(wait);
      wait = setTimeout(() => offer(words.value), pause);
    });
  };

  button.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open();
  });
  panel.addEventListener("click", (event) => {
    if (event.target === panel) panel.close();
  });
  panel.addEventListener("close", () => button.focus());
})();
