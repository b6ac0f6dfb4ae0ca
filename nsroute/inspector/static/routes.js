// What is served, in the order it is tried, with its figures.

import { draw, makeChart } from "./chart.js";
import { keyed, make, mark, row, say } from "./dom.js";
import { NONE, clock, count, milliseconds, rate, share, total } from "./format.js";

const CELLS = [
  ["", "what"],
  ["Count", "number"],
  ["per s", "number"],
  ["Errors", "number"],
  ["Declined", "number"],
  ["p50 ms", "number"],
  ["p95 ms", "number"],
  ["p99 ms", "number"],
  ["", "chart"],
  ["Last error", "last"],
];
const KINDS = { function: "function", namespace: "exact namespace", route: "" };
const UNROUTED = {
  kind: "unrouted",
  pattern: "no route",
  class: "names that nothing serves",
  before: [],
  events: [],
};

export class Routes {
  constructor(table, unfold) {
    this.body = table.tBodies[0];
    this.unfold = unfold;
    this.groups = [];
    this.open = new Set();
    unfold.addEventListener("click", () => this.toggleAll());
    this.forget();
  }

  forget() {
    this.figures = new Map();
    this.unrouted = null;
  }

  list(groups) {
    this.groups = groups;
    this.render();
  }

  update(news) {
    this.unrouted = news.unrouted;
    for (const [pattern, figures] of Object.entries(news.routes))
      this.figures.set(keyOf(pattern), figures);
    for (const [pattern, target, figures] of news.handlers)
      this.figures.set(keyOf(pattern, target), figures);
    this.render();
  }

  toggleAll() {
    const all = this.unfold.getAttribute("aria-pressed") !== "true";
    this.unfold.setAttribute("aria-pressed", String(all));
    this.open = new Set(all ? this.groups.map(groupKey) : []);
    this.render();
  }

  toggle(group) {
    const key = groupKey(group);
    if (!this.open.delete(key)) this.open.add(key);
    this.render();
  }

  render() {
    const groups = this.unrouted ? [...this.groups, UNROUTED] : this.groups;
    const lines = groups.flatMap((group) => [
      { key: groupKey(group), group },
      ...(this.open.has(groupKey(group)) ? group.events : []).map((event) => ({
        key: JSON.stringify([groupKey(group), event.event]),
        group,
        event,
      })),
    ]);
    keyed(
      this.body,
      lines,
      (line) => line.key,
      (line) => (line.event ? makeEvent(line.event) : this.makeGroup(line.group)),
      (node, line) => this.fill(node, line),
    );
  }

  makeGroup(group) {
    const line = row({ class: `group is-${group.kind}` }, CELLS);
    const [what] = line.cells;
    const pattern = make("span", { class: "name" }, group.pattern);
    if (group.events.length) {
      const button = make("button", { type: "button", class: "fold", click: () => this.toggle(group) }, pattern);
      what.append(button);
      line.fold = button;
    } else what.append(pattern);
    const kind = [KINDS[group.kind], group.name ? `named ${group.name}` : ""].filter(Boolean);
    what.append(
      make("span", { class: "class" }, group.class ?? "", kind.length ? ` (${kind.join(", ")})` : ""),
      make("span", { class: "events name" }, group.events.map((one) => one.event).join("  ")),
    );
    if (group.before.length && group.kind !== "route")
      what.append(make("span", { class: "warns" }, `takes from ${group.before.join(", ")}`));
    line.chart = makeChart();
    return line;
  }

  fill(line, { group, event }) {
    if (line.fold) mark(line.fold, "aria-expanded", String(this.open.has(groupKey(group))));
    const figures = this.figuresOf(group, event);
    fillFigures(line.cells, figures, group.kind === "unrouted" ? null : figures);
    if (event || !figures) return;
    if (!line.chart.isConnected) line.cells[8].append(line.chart);
    draw(line.chart, figures.chart);
  }

  figuresOf(group, event) {
    if (group.kind === "unrouted") return this.unrouted;
    if (group.kind !== "route") return undefined;
    return this.figures.get(event ? keyOf(group.pattern, event.target) : keyOf(group.pattern));
  }
}

function makeEvent(event) {
  const line = row({ class: "event" }, CELLS);
  line.cells[0].append(
    make("span", { class: "name event-name" }, event.event),
    make("span", { class: "handler name" }, event.handler ?? "lets everyone in"),
  );
  if (event.taken_by)
    line.cells[0].append(make("span", { class: "warns" }, `never called: ${event.taken_by} takes it`));
  line.cells[8].append(
    make("span", { class: "through" }, event.middleware.length ? `through ${event.middleware.join(", ")}` : "no middleware"),
  );
  return line;
}

function fillFigures(cells, figures, timed) {
  const whole = figures ? total(figures) : 0;
  say(cells[1], figures ? count(whole) : NONE);
  say(cells[2], figures ? rate(figures.rate) : NONE);
  fillShare(cells[3], figures?.error, whole, "is-error");
  fillShare(cells[4], figures?.declined, whole, "is-declined");
  say(cells[5], milliseconds(timed?.p50));
  say(cells[6], milliseconds(timed?.p95));
  say(cells[7], milliseconds(timed?.p99));
  const last = figures?.last_error;
  say(cells[9], last ? `${last.error} · ${last.namespace} ${last.event}, ${clock(last.at)}` : "");
  mark(cells[9], "title", cells[9].textContent);
}

function fillShare(cell, part, whole, kind) {
  say(cell, part === undefined ? NONE : share(part, whole));
  cell.classList.toggle(kind, Boolean(part));
  cell.classList.toggle("is-none", !part);
  cell.title = part ? `${count(part)} of ${count(whole)}` : "";
}

function groupKey(group) {
  return JSON.stringify([group.kind, group.pattern]);
}

function keyOf(pattern, target = null) {
  return JSON.stringify([pattern, target]);
}
