// Shows what goes on as it changes: by server-sent events, and by asking again where they fail.
"use strict";

(() => {
  const place = document.getElementById("live");
  if (!place) return;
  const stale = document.getElementById("stale");
  // Seconds after which nothing heard means that nothing is known; the panel breathes more often.
  const silence = 40;
  let asking = null;
  let heard = Date.now();

  const fresh = (known) => {
    if (known) heard = Date.now();
    stale.hidden = known;
  };

  const ask = async () => {
    try {
      const answer = await fetch(place.dataset.part, { headers: { "HX-Request": "true" } });
      const elsewhere = answer.headers.get("HX-Redirect");
      if (elsewhere) location.assign(elsewhere);
      else if (!answer.ok) fresh(false);
      else {
        morph(place, await answer.text());
        fresh(true);
      }
    } catch {
      fresh(false);
    }
  };

  const hear = () => {
    clearInterval(asking);
    asking = null;
    fresh(true);
  };

  const events = new EventSource(place.dataset.events);
  events.addEventListener("open", hear);
  events.addEventListener("breath", hear);
  events.addEventListener("message", (event) => {
    hear();
    morph(place, event.data);
  });
  events.addEventListener("error", () => {
    if (asking !== null) return;
    asking = setInterval(ask, 1000 * Number(place.dataset.again));
    ask();
  });
  setInterval(() => {
    if (Date.now() - heard > 1000 * silence) fresh(false);
  }, 1000);
})();
