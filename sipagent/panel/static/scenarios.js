// Draws on a scenario: elements are moved, exits joined, by mouse and by keys; the server draws.
"use strict";

(() => {
  const root = document.getElementById("scenario");
  if (!root) return;
  const STEP = 20;
  const board = () => root.querySelector(".board[data-edit]");
  const named = (name) => [...root.querySelectorAll(".element")].find((one) => one.dataset.step === name);
  const tell = (text) => {
    const place = document.getElementById("told");
    if (place) place.textContent = text;
  };

  // What was typed into the open form and is not kept yet: id of the field → the field.
  const typed = () => {
    const changed = (one) =>
      one.type === "checkbox" ? one.checked !== one.defaultChecked
      : one.options ? [...one.options].some((each) => each.selected !== each.defaultSelected)
      : one.value !== one.defaultValue;
    const fields = [...root.querySelectorAll(".editing [id]")].filter((one) => one.name && changed(one));
    return { step: root.querySelector(".editing")?.dataset.step, fields };
  };
  const retype = ({ step, fields }) => {
    if (root.querySelector(".editing")?.dataset.step !== step) return;
    for (const old of fields) {
      const field = document.getElementById(old.id);
      if (field?.name !== old.name) continue;
      field.value = old.value;
      field.checked = old.checked;
    }
  };

  // Whatever is done, the server answers with the whole part: what is open, focused and scrolled stays.
  const show = (html, focus, kept) => {
    const here = document.activeElement === document.body || root.contains(document.activeElement);
    const places = ".board, .side";
    const scrolled = [...root.querySelectorAll(places)].map((one) => [one.scrollLeft, one.scrollTop]);
    const field = document.activeElement?.closest(".editing [id]")?.id;
    root.innerHTML = html;
    if (kept) retype(kept);
    [...root.querySelectorAll(places)].forEach((one, at) => {
      if (scrolled[at]) [one.scrollLeft, one.scrollTop] = scrolled[at];
    });
    if (kept && field) document.getElementById(field)?.focus();
    else if (focus && here) named(focus)?.focus();
  };

  const fetched = async (address, options, focus, keep) => {
    root.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(address, { ...options, headers: { "HX-Request": "true" } });
      const elsewhere = answer.headers.get("hx-redirect");
      if (elsewhere) location.assign(elsewhere);
      else if (answer.status < 500 && answer.status !== 404) show(await answer.text(), focus, keep && typed());
      else location.reload();
    } finally {
      root.removeAttribute("aria-busy");
    }
  };

  // One after the other: each knows the draft that the one before has left.
  let turn = Promise.resolve();
  const then = (work) => (turn = turn.then(work).catch(() => location.reload()));

  const send = (address, fields, focus, keep) =>
    fetched(address, { method: "POST", body: new URLSearchParams(fields) }, focus, keep);

  const edit = (fields, focus) =>
    then(() => {
      const { edit: address, known, token } = board().dataset;
      const open = root.querySelector(".editing")?.dataset.step ?? "";
      return send(address, { known, token, open, ...fields }, focus, true);
    });

  // Elements that were moved by keys, and are told of once the keys rest; or before anything else.
  const waiting = new Map();
  const rest = () => {
    for (const [timer, keep] of waiting.values()) {
      clearTimeout(timer);
      keep();
    }
  };

  root.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.hasAttribute("data-part")) {
      if (!waiting.size) return;
      event.preventDefault();
      const same = (one) => one.action === form.action;
      rest();
      then(() => [...root.querySelectorAll("form")].find(same)?.requestSubmit());
      return;
    }
    event.preventDefault();
    const fields = new FormData(form);
    const focus = fields.get("do") === "remove" ? "" : fields.get("name") || fields.get("step");
    rest();
    then(() => {
      if (board()) fields.set("known", board().dataset.known);
      return send(form.action, fields, focus);
    });
  });

  const open = async (address) => {
    rest();
    await then(() => fetched(address.split("#")[0]));
    const item = root.querySelector(`.steps > li:has(.editing)`);
    (item?.querySelector("input:not([type=hidden]), select") || item)?.focus();
    item?.scrollIntoView({ block: "nearest" });
  };

  root.addEventListener("click", (event) => {
    const dragged = moved, link = event.target.closest("a[data-open]");
    moved = false;
    if (link) {
      event.preventDefault();
      open(link.href);
      return;
    }
    const element = board() && event.target.closest(".element");
    if (!element) return;
    event.preventDefault();
    if (!dragged) open(`${location.pathname}?step=${encodeURIComponent(element.dataset.step)}`);
  });

  // Arrows follow an element that is moved: of each curve, the two points at its end move with it.
  const follow = (name, dx, dy) => {
    for (const path of root.querySelectorAll(".arrows path[data-from]")) {
      path.dataset.drawn ??= path.getAttribute("d");
      const points = path.dataset.drawn.match(/-?\d+/g).map(Number);
      for (const [end, first] of [["from", 0], ["to", 4]]) {
        if (path.dataset[end] !== name) continue;
        points[first] += dx; points[first + 2] += dx;
        points[first + 1] += dy; points[first + 3] += dy;
      }
      const [a, b, c, d, e, f, g, h] = points;
      path.setAttribute("d", `M${a},${b} C${c},${d} ${e},${f} ${g},${h}`);
    }
  };

  const place = (element) => element.getAttribute("transform").match(/-?\d+/g).map(Number);
  const put = (element, [x, y], from) => {
    element.setAttribute("transform", `translate(${Math.max(0, x)},${Math.max(0, y)})`);
    follow(element.dataset.step, Math.max(0, x) - from[0], Math.max(0, y) - from[1]);
  };
  const spot = (event) => {
    const drawing = board().querySelector("svg").getBoundingClientRect();
    return [event.clientX - drawing.left, event.clientY - drawing.top];
  };

  let held = null; // what the mouse holds: an element, or an exit of one
  let moved = false;

  root.addEventListener("pointerdown", (event) => {
    const element = board() && event.button === 0 && event.target.closest(".element");
    if (!element) return;
    moved = false;
    const exit = event.target.closest(".exit circle")?.closest(".exit");
    held = { element, exit, from: place(element), at: spot(event) };
    event.preventDefault();
    element.focus();
  });

  addEventListener("pointermove", (event) => {
    if (!held) return;
    const now = spot(event), [dx, dy] = [now[0] - held.at[0], now[1] - held.at[1]];
    if (!moved && Math.hypot(dx, dy) < 4) return;
    moved = true;
    if (held.exit) return stretch(now, event);
    held.element.classList.add("moving");
    put(held.element, [Math.round(held.from[0] + dx), Math.round(held.from[1] + dy)], held.from);
  });

  const stretch = ([x, y], event) => {
    const svg = board().querySelector("svg");
    held.line ??= svg.appendChild(document.createElementNS(svg.namespaceURI, "path"));
    held.line.setAttribute("class", "joining");
    held.line.setAttribute("d", `M${held.at[0]},${held.at[1]} L${x},${y}`);
    aim(document.elementFromPoint(event.clientX, event.clientY)?.closest(".element"));
  };

  const aim = (element) => {
    root.querySelector(".aimed")?.classList.remove("aimed");
    element?.classList.add("aimed");
  };

  addEventListener("pointerup", (event) => {
    if (!held) return;
    const { element, exit, line } = held, step = element.dataset.step;
    held = null;
    line?.remove();
    if (!moved) return;
    const over = document.elementFromPoint(event.clientX, event.clientY)?.closest(".element");
    aim(null);
    if (exit && over) edit({ do: "join", step, exit: exit.dataset.exit, target: over.dataset.step }, step);
    else if (!exit) edit({ do: "place", step, x: place(element)[0], y: place(element)[1] }, step);
  });

  root.addEventListener("dblclick", (event) => {
    if (!board() || !event.target.closest(".board svg") || event.target.closest(".element")) return;
    const form = document.getElementById("adding"), [x, y] = spot(event);
    form.elements.x.value = Math.round(x);
    form.elements.y.value = Math.round(y);
    form.elements.name.focus();
  });

  // By keys: arrows move the element that has the focus; J joins its exits, one after the other.
  const ARROWS = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };
  let joining = null;

  root.addEventListener("keydown", (event) => {
    const element = board() && event.target.closest(".element");
    if (!element || event.ctrlKey || event.altKey || event.metaKey) return;
    if (joining) return choose(event);
    if (event.key === "j" || event.key === "J") {
      event.preventDefault();
      hold(element, 0);
    } else if (event.key in ARROWS) {
      event.preventDefault();
      nudge(element, ARROWS[event.key]);
    }
  });

  const nudge = (element, [dx, dy]) => {
    const now = place(element), step = element.dataset.step;
    element.dataset.from ??= now.join();
    put(element, [now[0] + dx, now[1] + dy], element.dataset.from.split(",").map(Number));
    clearTimeout(waiting.get(step)?.[0]);
    const keep = () => {
      waiting.delete(step);
      edit({ do: "place", step, x: place(element)[0], y: place(element)[1] }, step);
    };
    waiting.set(step, [setTimeout(keep, 700), keep]);
  };

  const hold = (element, at) => {
    const exits = [...element.querySelectorAll(".exit")];
    if (!exits.length) return;
    const targets = [...root.querySelectorAll(".element")];
    joining = { element, exits, at, targets, target: -1 };
    mark();
  };

  const mark = () => {
    root.querySelector(".held")?.classList.remove("held");
    const { exits, at, targets, target } = joining, exit = exits[at];
    exit.classList.add("held");
    aim(targets[target]);
    const words = root.querySelector(".board").dataset;
    tell(`${exit.querySelector("text").textContent} → ${targets[target]?.dataset.step ?? "?"}. ${words.help}`);
    (targets[target] ?? exit).scrollIntoView({ block: "nearest", inline: "nearest" });
  };

  const choose = (event) => {
    const { element, exits, at, targets, target } = joining, step = element.dataset.step;
    const turn = (value, by, count) => (value + by + count) % count;
    event.preventDefault();
    if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      joining.at = turn(at, event.key === "ArrowDown" ? 1 : -1, exits.length);
    } else if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
      joining.target = turn(Math.max(target, 0), event.key === "ArrowRight" ? (target < 0 ? 0 : 1) : -1, targets.length);
    } else {
      const done = event.key === "Enter" && target >= 0;
      root.querySelector(".held")?.classList.remove("held");
      aim(null);
      tell("");
      joining = null;
      if (done) edit({ do: "join", step, exit: exits[at].dataset.exit, target: targets[target].dataset.step }, step);
      return;
    }
    mark();
  };
})();
