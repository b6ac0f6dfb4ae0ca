// Who is connected where, and since when.

import { copy, fillIn, keyed, say } from "./dom.js";
import { count } from "./format.js";

export class Live {
  constructor(table, template, form, note, silent, choose) {
    this.body = table.tBodies[0];
    this.template = template;
    this.input = form.elements.live;
    this.note = note;
    this.silent = silent;
    form.addEventListener("submit", (event) => event.preventDefault());
    this.body.addEventListener("click", ({ target }) => {
      const row = target.closest(".link")?.closest("tr");
      if (row) choose(JSON.parse(row.dataset.key), "");
    });
  }

  get wanted() {
    return this.input.value;
  }

  update(live) {
    keyed(
      this.body,
      live.shown,
      (one) => one.key,
      (one) => this.makeLine(one),
      (row, one) => fillIn(row, { ...one, clients: count(one.clients) }),
    );
    say(this.note, live.note);
    say(this.silent, live.silent);
  }

  makeLine({ key }) {
    const row = copy(this.template, "tr");
    row.dataset.key = key;
    return row;
  }
}
