// What is served, in the order it is tried, with its figures.

import { draw, makeChart } from "./chart.js";
import { copy, fillIn, keyed, mark, show } from "./dom.js";
import { NONE, clock, count, milliseconds, rate, share, total } from "./format.js";

const UNROUTED = { key: "unrouted", group: { key: "unrouted", kind: "unrouted" } };

export class Routes {
  constructor(table, template, unfold) {
    this.body = table.tBodies[0];
    this.template = template;
    this.unfold = unfold;
    this.lines = null; // until they are listed, the rows are those that came with the page
    this.open = new Set();
    unfold.addEventListener("click", () => this.toggleAll());
    this.body.addEventListener("click", ({ target }) => {
      const row = target.closest(".fold")?.closest("tr");
      if (row) this.toggle(row.dataset.group);
    });
    this.forget();
  }

  forget() {
    this.figures = new Map();
    this.unrouted = null;
  }

  list(groups) {
    this.lines = groups.flatMap((group) => [
      { key: group.key, group },
      ...group.events.map((event) => ({ key: event.key, group, event })),
    ]);
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
    this.open = new Set(all ? [...this.body.rows].map((row) => row.dataset.group) : []);
    this.render();
  }

  toggle(key) {
    if (!this.open.delete(key)) this.open.add(key);
    this.render();
  }

  render() {
    for (const row of this.body.rows) this.fold(row);
    if (!this.lines) return;
    keyed(
      this.body,
      this.unrouted ? [...this.lines, UNROUTED] : this.lines,
      (line) => line.key,
      (line) => this.make(line),
      (row, line) => this.fill(row, line),
    );
  }

  make({ key, group, event }) {
    const row = copy(this.template, event ? ".event" : group === UNROUTED.group ? ".is-unrouted" : ".group");
    if (!event) row.className = `group is-${group.kind}`;
    row.dataset.key = key;
    row.dataset.group = group.key;
    this.fold(row);
    return row;
  }

  fold(row) {
    const isOpen = this.open.has(row.dataset.group);
    const button = row.querySelector(".fold");
    if (button) mark(button, "aria-expanded", String(isOpen));
    if (row.classList.contains("event")) show(row, isOpen);
  }

  fill(row, { group, event }) {
    if (row.hidden) return;
    const figures = this.figuresOf(group, event);
    fillIn(row, event ?? group);
    fillIn(row, textsOf(figures, group.kind === "unrouted" ? null : figures));
    markShare(row, "error", figures);
    markShare(row, "declined", figures);
    const last = row.querySelector(".last");
    mark(last, "title", last.textContent);
    if (!event) this.chart(row, figures);
  }

  chart(row, figures) {
    if (!figures) return row.chart?.remove();
    row.chart ??= makeChart();
    if (!row.chart.isConnected) row.querySelector(".chart").append(row.chart);
    draw(row.chart, figures.chart);
  }

  figuresOf(group, event) {
    if (group.kind === "unrouted") return this.unrouted;
    if (group.kind !== "route") return undefined;
    return this.figures.get(event ? keyOf(group.pattern, event.target) : keyOf(group.pattern));
  }
}

function textsOf(figures, timed) {
  const whole = figures ? total(figures) : 0;
  const last = figures?.last_error;
  return {
    count: figures ? count(whole) : NONE,
    rate: figures ? rate(figures.rate) : NONE,
    error: figures ? share(figures.error, whole) : NONE,
    declined: figures ? share(figures.declined, whole) : NONE,
    p50: milliseconds(timed?.p50),
    p95: milliseconds(timed?.p95),
    p99: milliseconds(timed?.p99),
    last: last ? `${last.error} · ${last.namespace} ${last.event}, ${clock(last.at)}` : "",
  };
}

/** Colour a share, and tell what it is a part of. */
function markShare(row, kind, figures) {
  const cell = row.querySelector(`[data-slot=${kind}]`);
  const part = figures?.[kind];
  cell.classList.toggle(`is-${kind}`, Boolean(part));
  cell.classList.toggle("is-none", !part);
  cell.title = part ? `${count(part)} of ${count(total(figures))}` : "";
}

function keyOf(pattern, target = null) {
  return JSON.stringify([pattern, target]);
}
