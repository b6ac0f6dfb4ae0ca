// Numbers and times as a person reads them; columns of them line up.

export const NONE = "–";

export function count(number) {
  return number.toLocaleString("en");
}

export function milliseconds(value) {
  if (value === null || value === undefined) return NONE;
  if (value < 10) return value.toFixed(2);
  if (value < 100) return value.toFixed(1);
  return count(Math.round(value));
}

export function rate(value) {
  return value < 100 ? value.toFixed(1) : count(Math.round(value));
}

/** A part of a whole, in percent. */
export function share(part, whole) {
  if (!part) return whole ? "0 %" : NONE;
  const percent = (100 * part) / whole;
  return percent < 0.1 ? "<0.1 %" : `${percent.toFixed(percent < 10 ? 1 : 0)} %`;
}

export function clock(seconds) {
  return new Date(seconds * 1000).toTimeString().slice(0, 8);
}

export function precise(seconds) {
  const fraction = Math.floor((seconds % 1) * 1000);
  return `${clock(seconds)}.${String(fraction).padStart(3, "0")}`;
}

export function total(metrics) {
  return metrics.ok + metrics.declined + metrics.error;
}
