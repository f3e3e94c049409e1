// Keeps what pops up the same in all windows of somebody: one of them listens for all, so that many
// windows do not take all connections that a browser has, and tells the others.
"use strict";

(() => {
  const place = document.getElementById("notices");
  if (!place) return;
  const said = document.getElementById("notices-said");
  const { path, who, failed } = place.dataset;
  const name = `notices ${path} ${who}`;
  // Seconds after which is asked where events do not come through.
  const again = 15;
  const others = new BroadcastChannel(name);

  // What is there already stays as it is: who has the focus on it goes on as if nothing had happened.
  const show = (html) => {
    const template = document.createElement("template");
    template.innerHTML = html;
    const held = place.contains(document.activeElement);
    const there = new Map([...place.children].map((one) => [one.id, one]));
    const found = [...template.content.children];
    const next = found.map((one) => (one.id && there.get(one.id)) || one);
    for (const one of [...place.children]) if (!next.includes(one)) one.remove();
    next.forEach((one, at) => {
      if (place.children[at] !== one) place.insertBefore(one, place.children[at] ?? null);
    });
    place.hidden = !next.length;
    const fresh = found.filter((one) => one.id && !there.has(one.id));
    if (fresh.length) said.textContent = fresh.map((one) => one.dataset.said).join(". ");
    if (held && !place.contains(document.activeElement)) {
      (place.querySelector("a") ?? document.getElementById("main")).focus();
    }
  };

  const tell = (html) => {
    show(html);
    others.postMessage(html);
  };
  others.addEventListener("message", ({ data }) => show(data));

  const fetched = async (where, wanted) => {
    const headers = { "HX-Request": "true" };
    const answer = await fetch(`${path}/${where}`, { headers, ...wanted });
    // Who is out goes on reading what is on the screen.
    if (!answer.ok || answer.headers.get("HX-Redirect")) return false;
    tell(await answer.text());
    return true;
  };
  const ask = () => fetched("part").catch(() => false);

  place.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { target, submitter } = event;
    const body = new URLSearchParams(new FormData(target));
    if (submitter.name) body.append(submitter.name, submitter.value);
    const where = target.getAttribute("action").slice(path.length + 1);
    const done = await fetched(where, { method: "POST", body }).catch(() => false);
    if (!done) said.textContent = failed;
  });

  // Lasts until the window is closed: then another one listens.
  const listen = () =>
    new Promise(() => {
      let asking = null;
      const events = new EventSource(`${path}/events`);
      events.addEventListener("open", () => {
        clearInterval(asking);
        asking = null;
      });
      events.addEventListener("message", ({ data }) => tell(data));
      events.addEventListener("error", () => {
        asking ??= setInterval(ask, 1000 * again);
      });
    });

  if (navigator.locks) navigator.locks.request(name, listen);
  else setInterval(ask, 1000 * again);
  // A telephone puts windows to sleep that nobody looks at.
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) ask();
  });
})();
