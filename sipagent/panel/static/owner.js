// Tells an owner some minutes before the page logs them out; without it the time stands there.
"use strict";
(() => {
  const box = document.querySelector(".staying");
  if (!box) return;
  const soon = 5 * 60 * 1000;
  const left = () => Date.parse(box.dataset.ends) - Date.now();
  const warn = () => {
    box.classList.add("soon");
    const said = box.querySelector("p");
    said.setAttribute("role", "alert");
    said.textContent = box.dataset.soon;
  };
  setTimeout(warn, Math.max(0, left() - soon));
})();
