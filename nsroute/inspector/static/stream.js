// The dispatches as they finish, newest first, filtered.

import { keyed, make, row, say } from "./dom.js";
import { count, milliseconds, precise } from "./format.js";

const KEPT = 1000;
const SHOWN = 200;
const CELLS = [
  ["", "time"],
  ["", "outcome"],
  ["", "name namespace"],
  ["", "name event"],
  ["", "name handler"],
  ["ms", "number"],
  ["", "said"],
];

export class Stream {
  constructor(table, form, note, choose) {
    this.body = table.tBodies[0];
    this.form = form;
    this.note = note;
    this.choose = choose;
    this.forget();
    form.addEventListener("input", () => this.render());
    form.addEventListener("submit", (event) => event.preventDefault());
    form.querySelector("#pause").addEventListener("click", (event) => this.pause(event.currentTarget));
  }

  forget() {
    this.entries = [];
    this.frozen = this.frozen ? [] : null;
    this.missed = 0;
  }

  offer(groups) {
    const select = this.form.elements.pattern;
    const before = select.value;
    const patterns = groups.filter((group) => group.kind === "route").map((group) => group.pattern);
    const options = patterns.map((pattern) => make("option", { value: `=${pattern}` }, pattern));
    const none = make("option", { value: "none" }, "no route");
    select.replaceChildren(select.options[0], ...options, none);
    select.value = before;
  }

  pause(button) {
    this.frozen = this.frozen ? null : this.entries;
    button.setAttribute("aria-pressed", String(Boolean(this.frozen)));
    say(button, this.frozen ? "Go on" : "Pause");
    this.render();
  }

  update(news) {
    this.missed += news.missed;
    if (!news.dispatches.length) return;
    this.entries = [...news.dispatches.reverse(), ...this.entries].slice(0, KEPT);
    this.render();
  }

  render() {
    const source = this.frozen ?? this.entries;
    const fitting = source.filter((entry) => this.fits(entry));
    keyed(
      this.body,
      fitting.slice(0, SHOWN),
      (entry) => entry.seq,
      (entry) => this.makeLine(entry),
      () => {},
    );
    say(this.note, this.told(source, fitting));
  }

  fits(entry) {
    const { pattern, event, outcome } = this.form.elements;
    return (
      (!pattern.value || (entry.pattern === null ? "none" : `=${entry.pattern}`) === pattern.value) &&
      entry.event.includes(event.value) &&
      (!outcome.value || (outcome.value === "!ok" ? entry.outcome !== "ok" : entry.outcome === outcome.value))
    );
  }

  told(source, fitting) {
    if (!source.length) return "Nothing was dispatched since the page looks. Use the application, and it shows here.";
    const shown = Math.min(fitting.length, SHOWN);
    const parts = [`${count(shown)} shown of ${count(source.length)} kept`];
    if (this.missed) parts.push(`${count(this.missed)} came too fast to be shown, but are counted`);
    const waiting = this.frozen ? this.entries.length - this.frozen.length : 0;
    if (this.frozen) parts.push(waiting > 0 ? `paused, ${count(waiting)} more came` : "paused");
    return `${parts.join("; ")}.`;
  }

  makeLine(entry) {
    const line = row({ class: `entry is-${entry.group}` }, CELLS);
    const [time, outcome, namespace, event, handler, ms, said] = line.cells;
    time.textContent = precise(entry.at);
    outcome.append(make("span", { class: `outcome is-${entry.group}` }, entry.outcome));
    namespace.append(
      make("button", { type: "button", class: "link", title: "Where does it go?", click: () => this.choose(entry.namespace, entry.event) }, entry.namespace),
    );
    event.textContent = entry.event;
    event.classList.toggle("lifecycle", entry.kind !== "event");
    handler.textContent = entry.target ?? "";
    ms.textContent = milliseconds(entry.ms);
    if (entry.queued >= 1) ms.title = `after ${milliseconds(entry.queued)} ms of waiting for its turn`;
    const code = entry.code && entry.outcome !== "error" ? entry.code : "";
    said.textContent = [code, entry.error].filter(Boolean).join(": ");
    said.title = said.textContent;
    return line;
  }
}
