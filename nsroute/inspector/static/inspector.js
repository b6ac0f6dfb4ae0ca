// Asks the server for news each second, and hands it to the parts of the page.

import { draw, makeChart } from "./chart.js";
import { say, show } from "./dom.js";
import { clock, count, milliseconds, rate, share, total } from "./format.js";
import { Live } from "./live.js";
import { Lookup } from "./lookup.js";
import { Routes } from "./routes.js";
import { Stream } from "./stream.js";

const EVERY = 1000;
const HIDDEN_EVERY = 5000; // shorter than the server's patience
const HIDDEN_FOR = 600000;
const AFTER_FAILURE = 3000;
const TIMEOUT = 10000;

const find = (id) => document.getElementById(id);
const { table, news, lookup } = document.body.dataset;
const choose = (namespace, event) => answers.choose(namespace, event);
const answers = new Lookup(find("lookup"), find("verdict"), find("answer"), (asked) => ask(lookup, asked));
const routes = new Routes(find("routes"), find("route-rows"), find("unfold"));
const stream = new Stream(find("stream"), find("filter"), find("stream-note"), choose);
const live = new Live(find("live"), find("live-rows"), find("live-filter"), find("live-note"), find("live-silent"), choose);
const chart = makeChart();
const processes = new Set();

let latest = "";
let isOneOfSeveral = false;

let token = "";
let seq = 0;
let timer = 0;
let isAsking = false;
let hiddenAt = 0;
find("total-chart").append(chart);

class Refused extends Error {}

async function ask(path, query = {}) {
  const url = new URL(path, location.href);
  url.search = new URLSearchParams(query);
  const response = await fetch(url, {
    redirect: "manual",
    cache: "no-store",
    signal: AbortSignal.timeout(TIMEOUT),
  });
  if (response.type === "opaqueredirect" || response.status === 401 || response.status === 403)
    throw new Refused("You may not look any more. Sign in again, then reload the page.");
  if (!response.ok) throw new Error(`The server answers ${response.status}.`);
  return response.json();
}

async function look() {
  const got = await ask(news, { token, since: seq, live: live.wanted });
  if (got.token !== token) await begin(got);
  const moved = got.seq !== seq;
  seq = got.seq;
  routes.update(got);
  stream.update(got);
  live.update(got.live);
  showTotals(got);
  if (moved) await answers.refresh();
}

/** Forget what another process, or the same one at an earlier time, has told. */
async function begin(got) {
  const { groups } = await ask(table);
  token = got.token;
  routes.forget();
  stream.forget();
  stream.offer(groups);
  stream.render();
  routes.list(groups);
  const process = `${got.host}, process ${got.pid}`;
  // One that takes the place of another has been started anew; one that comes back has not.
  isOneOfSeveral ||= process !== latest && processes.has(process);
  latest = process;
  processes.add(process);
  say(find("process"), `${process} · counting since ${clock(got.since)}`);
  say(find("notice"), `Several processes answer this address (${[...processes].join("; ")}), each with what it serves itself.`);
  show(find("notice"), isOneOfSeveral);
}

function showTotals({ all, waiting, live: { total: places, clients } }) {
  const whole = total(all);
  say(find("total-rate"), rate(all.rate));
  say(find("total-count"), count(whole));
  say(find("total-error"), share(all.error, whole));
  say(find("total-declined"), share(all.declined, whole));
  say(find("total-p95"), milliseconds(all.p95));
  say(find("total-waiting"), count(waiting));
  say(find("total-live"), count(places));
  say(find("total-clients"), count(clients));
  find("total-error").classList.toggle("is-error", all.error > 0);
  find("total-declined").classList.toggle("is-declined", all.declined > 0);
  draw(chart, all.chart);
}

async function run() {
  clearTimeout(timer);
  if (isAsking) return;
  isAsking = true;
  let pause = document.hidden ? HIDDEN_EVERY : EVERY;
  try {
    await look();
    tell("Live", "live");
  } catch (error) {
    pause = AFTER_FAILURE;
    tell(error instanceof Refused ? error.message : `No news: ${error.message} Trying again.`, "lost");
  }
  isAsking = false;
  if (document.hidden && Date.now() - hiddenAt > HIDDEN_FOR) tell("Stopped while hidden", "lost");
  else timer = setTimeout(run, pause);
}

function tell(text, kind) {
  const state = find("state");
  say(state, text);
  state.dataset.kind = kind;
}

document.addEventListener("visibilitychange", () => {
  hiddenAt = Date.now();
  if (!document.hidden) run();
});
find("live-filter").addEventListener("input", () => run());
run();
