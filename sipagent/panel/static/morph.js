// Makes what an element holds like a piece of HTML, and leaves alone what is the same already: who
// has the focus on it, marks it, or is about to press it, goes on as if nothing had happened.
// What has an id becomes nothing else; the rest is matched by where it stands.
"use strict";

const morph = (place, html) => {
  const named = (parent, { id, nodeName }) =>
    [...parent.children].find((one) => one.id === id && one.nodeName === nodeName);

  const liken = (node, next) => {
    if (!(node instanceof Element)) {
      if (node.nodeValue !== next.nodeValue) node.nodeValue = next.nodeValue;
      return;
    }
    for (const { name } of [...node.attributes]) {
      // What somebody has unfolded stays so.
      if (!next.hasAttribute(name) && name !== "open") node.removeAttribute(name);
    }
    for (const { name, value } of next.attributes) {
      if (node.getAttribute(name) !== value) node.setAttribute(name, value);
    }
    fill(node, next);
  };

  const fill = (parent, wanted) => {
    for (const one of [...parent.children]) if (one.id && !named(wanted, one)) one.remove();
    let node = parent.firstChild;
    const drop = () => {
      const gone = node;
      node = node.nextSibling;
      gone.remove();
    };
    for (const next of [...wanted.childNodes]) {
      let found = next.id && named(parent, next);
      while (found && node && node !== found && !node.id) drop();
      if (!next.id && node && !node.id && node.nodeName === next.nodeName) found = node;
      if (!found) parent.insertBefore(next, node);
      else {
        if (found === node) node = node.nextSibling;
        else parent.insertBefore(found, node);
        liken(found, next);
      }
    }
    while (node) drop();
  };

  const held = document.activeElement;
  const template = document.createElement("template");
  template.innerHTML = html;
  fill(place, template.content);
  // What had to be moved has lost the focus.
  if (held !== document.activeElement && place.contains(held)) held.focus();
};
