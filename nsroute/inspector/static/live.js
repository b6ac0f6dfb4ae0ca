// Who is connected where, and since when.

import { keyed, make, row, say } from "./dom.js";
import { age, count } from "./format.js";

const CELLS = [
  ["", "what"],
  ["clients", "number"],
  ["age", "number"],
];

export class Live {
  constructor(table, form, note, choose) {
    this.body = table.tBodies[0];
    this.input = form.elements.live;
    this.note = note;
    this.choose = choose;
    form.addEventListener("submit", (event) => event.preventDefault());
  }

  get wanted() {
    return this.input.value;
  }

  update({ live, now }) {
    keyed(
      this.body,
      live.shown,
      (one) => one.namespace,
      (one) => this.makeLine(one),
      (line, one) => {
        say(line.cells[1], count(one.clients));
        say(line.cells[2], age(now - one.since));
      },
    );
    say(this.note, told(live));
  }

  makeLine(one) {
    const line = row({}, CELLS);
    line.cells[0].append(
      make("button", { type: "button", class: "link name", title: "Where does it go?", click: () => this.choose(one.namespace, "") }, one.shown),
      make("span", { class: "pattern name" }, one.pattern),
    );
    return line;
  }
}

function told({ total, clients, fitting, shown }) {
  if (!total) return "Nobody is connected.";
  const all = `${count(total)} with ${count(clients)} clients, most clients first`;
  if (fitting === total) return shown.length < total ? `${all}; ${count(shown.length)} are shown.` : `${all}.`;
  return `${count(fitting)} of ${all}${shown.length < fitting ? `; ${count(shown.length)} are shown` : ""}.`;
}
