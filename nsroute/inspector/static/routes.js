// What is served, in the order it is tried, with its metrics.

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
    this.metrics = new Map();
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
    for (const [pattern, metrics] of Object.entries(news.routes))
      this.metrics.set(keyOf(pattern), metrics);
    for (const [pattern, target, metrics] of news.handlers)
      this.metrics.set(keyOf(pattern, target), metrics);
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
    const metrics = this.metricsOf(group, event);
    fillIn(row, event ?? group);
    fillIn(row, textsOf(metrics, group.kind === "unrouted" ? null : metrics));
    markShare(row, "error", metrics);
    markShare(row, "declined", metrics);
    const last = row.querySelector(".last");
    mark(last, "title", last.textContent);
    if (!event) this.chart(row, metrics);
  }

  chart(row, metrics) {
    if (!metrics) return row.chart?.remove();
    row.chart ??= makeChart();
    if (!row.chart.isConnected) row.querySelector(".chart").append(row.chart);
    draw(row.chart, metrics.chart);
  }

  metricsOf(group, event) {
    if (group.kind === "unrouted") return this.unrouted;
    if (group.kind !== "route") return undefined;
    return this.metrics.get(event ? keyOf(group.pattern, event.target) : keyOf(group.pattern));
  }
}

function textsOf(metrics, timed) {
  const whole = metrics ? total(metrics) : 0;
  const last = metrics?.last_error;
  return {
    count: metrics ? count(whole) : NONE,
    rate: metrics ? rate(metrics.rate) : NONE,
    error: metrics ? share(metrics.error, whole) : NONE,
    declined: metrics ? share(metrics.declined, whole) : NONE,
    p50: milliseconds(timed?.p50),
    p95: milliseconds(timed?.p95),
    p99: milliseconds(timed?.p99),
    last: last ? `${last.error} · ${last.namespace} ${last.event}, ${clock(last.at)}` : "",
  };
}

/** Colour a share, and tell what it is a part of. */
function markShare(row, kind, metrics) {
  const cell = row.querySelector(`[data-slot=${kind}]`);
  const part = metrics?.[kind];
  cell.classList.toggle(`is-${kind}`, Boolean(part));
  cell.classList.toggle("is-none", !part);
  cell.title = part ? `${count(part)} of ${count(total(metrics))}` : "";
}

function keyOf(pattern, target = null) {
  return JSON.stringify([pattern, target]);
}
