// Shows what goes on as it changes: by server-sent events, and by asking again where they fail.
"use strict";

(() => {
  const place = document.getElementById("live");
  if (!place) return;
  let asking = null;

  // htmx puts the focus back on a button of the same id.
  const show = (html) => htmx.swap(place, html, { swapStyle: "innerHTML" });

  const ask = () => htmx.ajax("GET", place.dataset.part, { target: place, swap: "innerHTML" });

  const events = new EventSource(place.dataset.events);
  events.addEventListener("message", (event) => {
    clearInterval(asking);
    asking = null;
    show(event.data);
  });
  events.addEventListener("open", () => {
    clearInterval(asking);
    asking = null;
  });
  events.addEventListener("error", () => {
    if (asking === null) asking = setInterval(ask, 1000 * Number(place.dataset.again));
  });
})();
