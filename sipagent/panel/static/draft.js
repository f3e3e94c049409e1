// What somebody has typed survives a reload, an expired session and a closed connection, in this tab
// only, until it has been sent. A form is sent once: its key stays with what was typed.
"use strict";

(() => {
  const store = sessionStorage;
  const name = (form, path) => `draft ${form.dataset.draft} ${path}`;
  const sent = document.querySelector("[data-sent]");

  const begin = (form) => {
    const kept = name(form, new URL(form.action).pathname);
    const key = form.elements.namedItem("key");
    const own = key.value;
    const fields = [...form.querySelectorAll(":is(textarea, select, input:not([type]))[name]")];

    const restore = () => {
      const draft = JSON.parse(store.getItem(kept) ?? "null");
      // What the panel itself has put there is newer.
      if (!draft || fields.some((one) => one.matches("textarea") && one.value)) return;
      for (const one of fields) if (one.name in draft) one.value = draft[one.name];
      key.value = draft.key;
    };

    const keep = () => {
      key.value = own; // it is another text now
      const typed = fields.map((one) => [one.name, one.value]);
      store.setItem(kept, JSON.stringify({ ...Object.fromEntries(typed), key: own }));
    };

    restore();
    form.addEventListener("input", (event) => {
      if (event.target.type !== "file") keep();
    });
  };

  for (const form of document.querySelectorAll("form[data-draft]")) {
    if (sent) store.removeItem(name(form, sent.dataset.sent));
    begin(form);
  }
})();
