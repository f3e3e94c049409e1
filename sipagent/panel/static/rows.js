// Rows of a form are put in order by dragging, by arrow keys and by buttons; new ones appear by
// themselves. Without this script each row has a place that is typed.
"use strict";

(() => {
  // Controls are called NAME.ROW.COLUMN.
  const numbered = /\.[0-9]+\./;

  const begin = (field) => {
    const list = field.querySelector("ol");
    const said = field.querySelector("[role=status]");
    const words = field.dataset;
    const ordered = "up" in words;
    let following = list.children.length;

    const rows = () => [...list.children];
    const first = (row) => row.querySelector(".cell:not(.place) :is(select, input)");
    const called = (row) => {
      const control = first(row);
      return control.selectedOptions ? control.selectedOptions[0].text : control.value;
    };
    const say = (text, row, more = {}) => {
      const named = { name: called(row), ...more };
      return text.replace(/\{(\w+)\}/g, (whole, key) => named[key] ?? whole);
    };

    const number = () => {
      rows().forEach((row, at) => {
        const place = row.querySelector(".place input");
        if (place) place.value = at + 1;
        for (const button of row.querySelectorAll("button[data-what]")) {
          button.setAttribute("aria-label", say(words[button.dataset.what], row));
        }
        row.classList.toggle("spare", first(row).value === "");
      });
    };

    const tell = (row) => {
      const there = rows().filter((one) => first(one).value !== "");
      said.textContent = say(words.moved, row, { place: there.indexOf(row) + 1, count: there.length });
    };

    const move = (row, by) => {
      const all = rows();
      const other = all[all.indexOf(row) + by];
      if (!other || first(other).value === "" || first(row).value === "") return;
      const focused = document.activeElement;
      if (by < 0) other.before(row);
      else other.after(row);
      focused.focus();
      number();
      tell(row);
    };

    const remove = (row) => {
      said.textContent = say(words.removed, row);
      const near = row.nextElementSibling ?? row.previousElementSibling;
      row.remove();
      first(near).focus();
      number();
    };

    const drag = (row, begun) => {
      begun.preventDefault();
      const back = row.nextElementSibling;
      const moved = (event) => {
        const over = rows().find((one) => {
          const { top, bottom } = one.getBoundingClientRect();
          return one !== row && event.clientY >= top && event.clientY <= bottom;
        });
        if (!over || first(over).value === "") return;
        const { top, height } = over.getBoundingClientRect();
        if (event.clientY < top + height / 2) over.before(row);
        else over.after(row);
      };
      const ended = (event) => {
        if (event.type === "keydown" && event.key !== "Escape") return;
        if (event.type !== "pointerup") list.insertBefore(row, back);
        row.classList.remove("dragged");
        for (const [what, work] of heard) document.removeEventListener(what, work);
        number();
        tell(row);
      };
      const heard = [["pointermove", moved], ["pointerup", ended], ["pointercancel", ended], ["keydown", ended]];
      for (const [what, work] of heard) document.addEventListener(what, work);
      row.classList.add("dragged");
    };

    const add = (row, what, sign) => {
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.what = what;
      button.textContent = sign;
      row.querySelector(".tools").append(button);
      return button;
    };

    const equip = (row) => {
      const tools = document.createElement("span");
      tools.className = "tools";
      row.append(tools);
      if (ordered) {
        const handle = add(row, "drag", "⠿");
        handle.className = "handle";
        handle.addEventListener("pointerdown", (event) => {
          if (first(row).value !== "") drag(row, event);
        });
        handle.addEventListener("keydown", (event) => {
          const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
          if (by === undefined) return;
          event.preventDefault();
          move(row, by);
        });
        add(row, "up", "↑").addEventListener("click", () => move(row, -1));
        add(row, "down", "↓").addEventListener("click", () => move(row, 1));
      }
      add(row, "remove", "×").addEventListener("click", () => remove(row));
    };

    // There is always an empty row for what is new.
    const grow = () => {
      const last = list.lastElementChild;
      if (first(last).value === "") return;
      const row = last.cloneNode(true);
      const at = `.${following++}.`;
      for (const one of row.querySelectorAll("[id], [for]")) {
        for (const name of ["id", "for", "name"]) {
          const value = one.getAttribute(name);
          if (value) one.setAttribute(name, value.replace(numbered, at));
        }
      }
      row.querySelector(".tools").remove();
      for (const one of row.querySelectorAll("select, input")) {
        one.value = one.dataset.usual ?? "";
      }
      list.append(row);
      equip(row);
    };

    rows().forEach(equip);
    list.addEventListener("change", () => {
      grow();
      number();
    });
    field.classList.add("scripted");
    number();
  };

  for (const field of document.querySelectorAll("[data-rows]")) begin(field);
})();
