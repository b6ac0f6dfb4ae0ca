// Elements, made and changed by text and attributes only: whatever a name holds, it
// stays text.

const SVG = "http://www.w3.org/2000/svg";

/** Make an element. `attributes` that are functions listen to the event so named. */
export function make(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

export function makeSvg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Set the text of an element, unless it is set. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function show(element, shown) {
  if (element.hidden === shown) element.hidden = !shown;
}

export function mark(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** Make a table's row; each cell is [label, class]. Its cells are found by their place. */
export function row(attributes, cells) {
  const made = cells.map(([label, kind]) =>
    make("td", { role: "cell", "data-label": label, class: kind }),
  );
  return make("tr", { role: "row", ...attributes }, ...made);
}

/** Make a row of a kind that the page holds, empty, in a template. */
export function copy(template, kind) {
  return template.content.querySelector(kind).cloneNode(true);
}

/** Set the texts of the places in a row by their names (data-slot). */
export function fillIn(row, texts) {
  for (const slot of row.querySelectorAll("[data-slot]"))
    if (slot.dataset.slot in texts) say(slot, texts[slot.dataset.slot]);
}

/**
 * Let a parent's children be those of a list, in its order; children that stay are kept,
 * and so are focus and selection in them. Those that came with the page have their key
 * in data-key.
 */
export function keyed(parent, items, keyOf, create, update) {
  const known = (parent.keyed ??= new Map([...parent.children].map((child) => [child.dataset.key, child])));
  const wanted = new Set(items.map(keyOf));
  for (const [key, node] of known) {
    if (!wanted.has(key)) {
      node.remove();
      known.delete(key);
    }
  }
  let next = parent.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    let node = known.get(key);
    if (!node) known.set(key, (node = create(item)));
    if (node === next) next = next.nextElementSibling;
    else parent.insertBefore(node, next);
    update(node, item);
  }
}
