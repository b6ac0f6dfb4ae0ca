// Where a name and an event lead, who may send it, how fast it is, and what went wrong.

import { make, say, show } from "./dom.js";
import { clock, count, milliseconds, share, total } from "./format.js";

export class Lookup {
  constructor(form, verdict, answer, ask) {
    this.form = form;
    this.verdict = verdict;
    this.answer = answer;
    this.ask = ask;
    this.asked = null;
    this.drawn = "";
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.look(form.elements.namespace.value, form.elements.event.value);
    });
  }

  /** Look a name up that was chosen somewhere else on the page. */
  choose(namespace, event) {
    this.form.elements.namespace.value = namespace;
    this.form.elements.event.value = event;
    this.form.scrollIntoView({ block: "nearest" });
    return this.look(namespace, event);
  }

  async look(namespace, event) {
    this.asked = { namespace, event };
    try {
      await this.refresh();
    } catch (error) {
      say(this.verdict, error.message);
      show(this.verdict, true);
    }
  }

  async refresh() {
    const asked = this.asked;
    if (!asked) return;
    const found = await this.ask(asked);
    const drawn = JSON.stringify(found);
    if (asked !== this.asked || drawn === this.drawn) return;
    this.drawn = drawn;
    const focused = this.answer.contains(document.activeElement);
    say(this.verdict, verdictOf(found));
    this.answer.replaceChildren(...this.tell(found));
    show(this.verdict, true);
    show(this.answer, this.answer.childElementCount > 0);
    if (focused) this.form.elements.namespace.focus();
  }

  tell(found) {
    if (!found.served) return this.tellMisses(found);
    return [
      list([
        ["Route", found.pattern ? [name(found.pattern), found.name ? ` (named ${found.name})` : ""] : null],
        ["Parameters", found.params.length ? found.params.flatMap(([key, value], place) => [place ? ", " : "", name(`${key} = ${value}`)]) : null],
        ["Class", found.class ? [name(found.class.title), aside(found.class.doc)] : null],
      ]),
      ...found.handlers.map((one) => tellHandler(one, found)),
      ...found.sends.map(tellSent),
      found.hint ? make("p", { class: "note" }, sentence(found.hint)) : null,
    ].filter(Boolean);
  }

  tellMisses(found) {
    if (!found.near.length) return [make("p", { class: "note" }, "No route comes near it.")];
    const lines = found.near.map((miss) =>
      make(
        "li",
        {},
        name(miss.pattern),
        `: ${miss.reason}. `,
        miss.name ? make("button", { type: "button", click: () => this.choose(miss.name, found.event ?? "") }, "Try ", name(miss.name)) : null,
      ),
    );
    return [make("p", { class: "note" }, "These come near:"), make("ul", { class: "near" }, ...lines)];
  }
}

function withoutHandler(one) {
  return one.event === "disconnect" ? "nothing is called" : "lets everyone in";
}

function verdictOf(found) {
  if (!found.served) return `${found.namespace} is refused: no route matches it.`;
  if (found.unreached) return `${found.namespace} matches ${found.pattern}, but a function takes its connects.`;
  if (!found.found) return `${found.namespace} is served, but nothing handles ${found.event} there: its sender is told unhandled_event.`;
  if (!found.event) return `${found.namespace} is served, with ${found.handlers.length} events.`;
  const [one] = found.handlers;
  return `${found.namespace} ${found.event} goes to ${one.handler ?? `no handler: ${withoutHandler(one)}`}.`;
}

function tellHandler(one, found) {
  const kind = one.kind === "function" ? ` (a function on ${one.namespace})` : "";
  return make(
    "section",
    { class: "found" },
    make("h3", {}, name(one.event), " → ", name(one.handler ?? withoutHandler(one)), name(one.signature ?? ""), kind),
    list([
      ["What it does", one.doc ? [one.doc] : null],
      ["Written in", one.place ? [name(one.place)] : null],
      ["Never called", one.shadowed_by ? [make("span", { class: "warns" }, `${one.shadowed_by} takes it`)] : null],
      ["Who may send it", who(one, found.connect)],
      ["How fast it is", speed(one.metrics)],
      ["How it ends", ends(one.metrics)],
      ["Last error", last(one.metrics?.last_error)],
      ["Last declined", last(one.metrics?.last_declined)],
    ]),
  );
}

function tellSent(one) {
  return make(
    "section",
    { class: "found" },
    make("h3", {}, "→ ", name(one.event), " sent by ", name(one.handler), name(one.signature ?? "")),
    list([
      ["What it is", one.doc ? [one.doc] : null],
      ["Written in", one.place ? [name(one.place)] : null],
    ]),
  );
}

function who(one, connect) {
  const passed = one.event === "connect" ? "Every client" : "Every client that got in";
  const layers = one.middleware.map((layer) => make("li", {}, name(layer.title), aside(layer.doc)));
  const steps = layers.length
    ? ["Whoever gets through, in this order:", make("ol", {}, ...layers)]
    : [`${passed}: no middleware is in the way`];
  if (connect) {
    const through = connect.middleware.map((layer) => layer.title).join(", ");
    steps.push(make("p", {}, "To get in, a client passes connect: ", name([through, connect.handler ?? "no handler"].filter(Boolean).join(", "))));
  }
  return steps;
}

function speed(metrics) {
  if (!metrics) return ["Not dispatched since the page looks."];
  return ["p50", "p95", "p99"].flatMap((key, place) => [place ? ", " : "", `${key} `, make("b", {}, `${milliseconds(metrics[key])} ms`)]);
}

function ends(metrics) {
  if (!metrics) return null;
  const whole = total(metrics);
  return [`${count(whole)} dispatched, ${share(metrics.error, whole)} errors, ${share(metrics.declined, whole)} declined`];
}

function last(entry) {
  if (!entry) return null;
  const code = entry.outcome === "error" ? null : entry.code;
  const said = [code, entry.error].filter(Boolean).join(": ") || entry.outcome;
  return [make("span", { class: `is-${entry.group}` }, said), aside(`at ${clock(entry.at)} in ${entry.namespace}, ${entry.event}`)];
}

function list(pairs) {
  const shown = pairs.filter(([, told]) => told);
  return make("dl", {}, ...shown.flatMap(([term, told]) => [make("dt", {}, term), make("dd", {}, ...told)]));
}

function name(text) {
  return make("span", { class: "name" }, text);
}

function aside(text) {
  return text ? make("span", { class: "aside" }, ` ${text}`) : null;
}

function sentence(text) {
  return text[0].toUpperCase() + text.slice(1);
}
