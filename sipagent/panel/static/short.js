// A short answer that somebody chooses is put into what they write, where the cursor is.
"use strict";

for (const short of document.querySelectorAll("[data-into]")) {
  const text = document.getElementById(short.dataset.into);
  short.closest(".field").hidden = false;
  short.addEventListener("change", () => {
    text.setRangeText(short.value, text.selectionStart, text.selectionEnd, "end");
    text.dispatchEvent(new Event("input", { bubbles: true }));
    short.value = "";
    text.focus();
  });
}
