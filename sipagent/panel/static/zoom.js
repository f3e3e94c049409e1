// Statistics hour by hour: a chart that is zoomed into by dragging, or by buttons.
"use strict";

(() => {
  const DASHES = [[], [6, 3], [2, 3], [8, 3, 2, 3], [1, 2], [12, 3]];
  const HEIGHT = 280;

  const colour = (name) => getComputedStyle(document.body).getPropertyValue(name).trim();

  const show = (place, hours) => {
    const canvas = place.querySelector(".canvas");
    const axis = { stroke: colour("--chart-quiet"), grid: { stroke: colour("--chart-grid"), width: 1 } };
    const series = hours.names.map((name, number) => ({
      label: name,
      stroke: colour(`--chart-series-${number}`),
      width: 2,
      dash: DASHES[number],
      points: { show: false },
    }));
    const plot = new uPlot(
      {
        width: canvas.clientWidth,
        height: HEIGHT,
        tzDate: (at) => uPlot.tzDate(new Date(1000 * at), place.dataset.zone),
        scales: { y: { range: (self, least, most) => [0, Math.max(1, most * 1.05)] } },
        axes: [axis, axis],
        series: [{ label: place.dataset.hour, value: "{YYYY}-{MM}-{DD} {HH}:{mm}" }, ...series],
      },
      [hours.at, ...hours.values],
      canvas,
    );
    const first = hours.at[0];
    const last = hours.at[hours.at.length - 1];

    const deeds = {
      in: (least, most) => [least + (most - least) / 4, most - (most - least) / 4],
      out: (least, most) => [least - (most - least) / 2, most + (most - least) / 2],
      left: (least, most) => [least - (most - least) / 2, most - (most - least) / 2],
      right: (least, most) => [least + (most - least) / 2, most + (most - least) / 2],
      all: () => [first, last],
    };
    for (const button of place.querySelectorAll("[data-deed]")) {
      button.addEventListener("click", () => {
        const { min, max } = plot.scales.x;
        let [from, to] = deeds[button.dataset.deed](min, max);
        const span = Math.max(3600, Math.min(to - from, last - first));
        from = Math.min(Math.max(from, first), last - span);
        plot.setScale("x", { min: from, max: from + span });
      });
    }
    addEventListener("resize", () => plot.setSize({ width: canvas.clientWidth, height: HEIGHT }));
  };

  for (const place of document.querySelectorAll(".zoom")) {
    fetch(place.dataset.hours)
      .then((answer) => (answer.ok ? answer.json() : null))
      .then((hours) => {
        if (!hours || hours.at.length < 2) return;
        place.hidden = false;
        show(place, hours);
      });
  }
})();
