// Recordings: chapters and the waveform lead to a moment of the sound.
"use strict";

(() => {
  for (const place of document.querySelectorAll(".recording")) {
    const audio = place.querySelector("audio");
    const wave = place.querySelector(".wave");
    const seconds = Number(audio.dataset.seconds);

    const listen = (at) => {
      audio.currentTime = at;
      audio.play();
    };

    for (const mark of place.querySelectorAll("[data-at]")) {
      mark.addEventListener("click", (event) => {
        event.preventDefault();
        listen(Number(mark.dataset.at));
      });
    }
    if (!wave) continue;
    const at = wave.querySelector(".at");
    wave.addEventListener("click", (event) => {
      const box = wave.getBoundingClientRect();
      listen((seconds * (event.clientX - box.left)) / box.width);
    });
    audio.addEventListener("timeupdate", () => {
      const x = (wave.viewBox.baseVal.width * audio.currentTime) / seconds;
      at.setAttribute("x1", x);
      at.setAttribute("x2", x);
    });
  }
})();
