// The dispatches of the last minute, one bar for each second: errors stand at the
// bottom, where they are seen best, then what was declined, then what went well.

import { makeSvg, mark, say } from "./dom.js";
import { count } from "./format.js";

const WIDTH = 3;
const GAP = 1;
const HEIGHT = 24;
const GROUPS = ["error", "declined", "ok"];
const PLACES = { ok: 0, declined: 1, error: 2 };

export function makeChart() {
  const title = makeSvg("title");
  const paths = GROUPS.map((group) => makeSvg("path", { class: `is-${group}` }));
  const svg = makeSvg("svg", { role: "img", preserveAspectRatio: "none" }, title, ...paths);
  svg.parts = { title, paths };
  return svg;
}

/** Draw seconds, each of them [ok, declined, error]. */
export function draw(svg, seconds) {
  const peak = Math.max(...seconds.map((second) => second[0] + second[1] + second[2]));
  const unit = HEIGHT / Math.max(peak, 4);
  const drawn = { error: "", declined: "", ok: "" };
  seconds.forEach((second, place) => {
    let y = HEIGHT;
    for (const group of GROUPS) {
      const height = second[PLACES[group]] * unit;
      if (height === 0) continue;
      y -= height;
      drawn[group] += `M${place * WIDTH} ${y.toFixed(2)}h${WIDTH - GAP}v${height.toFixed(2)}h-${WIDTH - GAP}z`;
    }
  });
  mark(svg, "viewBox", `0 0 ${seconds.length * WIDTH - GAP} ${HEIGHT}`);
  GROUPS.forEach((group, place) => mark(svg.parts.paths[place], "d", drawn[group]));
  say(svg.parts.title, told(seconds, peak));
}

function told(seconds, peak) {
  const sums = [0, 1, 2].map((group) => seconds.reduce((sum, one) => sum + one[group], 0));
  return `Last minute: ${count(sums[0])} ok, ${count(sums[1])} declined, ${count(sums[2])} errors; at most ${count(peak)} in a second`;
}
