/** A UUID as text; the function that takes it checks it. */
export type Uuid = `${string}-${string}-${string}-${string}-${string}`;

function whole(value: number, least: number | null, most: number | null, digits: number): string {
  const sign = value < 0 ? "-" : "";
  const text = sign + String(Math.abs(value)).padStart(digits - sign.length, "0");
  const fits = Number.isSafeInteger(value) && within(value, least, most);
  return fits && (digits === 0 || text.length === digits) ? text : unfit(value, "a whole number that the pattern takes");
}

function decimal(value: number, least: number | null, most: number | null): string {
  const size = Math.abs(value);
  // Python writes what is greater or smaller with an exponent, and no name has one.
  const fits = within(value, least, most) && size < 1e16 && (size === 0 || size >= 1e-4);
  const text = (value < 0 ? "-" : "") + String(size) + (Number.isInteger(size) ? ".0" : "");
  return fits ? text : unfit(value, "a decimal number that the pattern takes");
}

function word(value: string, words: readonly string[]): string {
  return words.includes(value) ? value : unfit(value, `one of ${words.join(", ")}`);
}

function uuid(value: string): string {
  const text = value.toLowerCase();
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text) ? text : unfit(value, "a UUID");
}

function path(value: string): string {
  return value.split("/").map((part) => segment(part)).join("/");
}

function segment(value: string, least = 1, most: number | null = null): string {
  const fits = /^[^/,?\x00-\x1f\x7f-\x9f\ud800-\udfff]+$/u.test(value) && within([...value].length, least, most);
  return fits ? value : unfit(value, "text of one segment that the pattern takes");
}

function short(name: string): string {
  return [...name].length <= 1000 ? name : unfit(name, "a name of at most 1,000 characters");
}

function within(value: number, least: number | null, most: number | null): boolean {
  return (least === null || value >= least) && (most === null || value <= most);
}

function unfit(value: unknown, expected: string): never {
  throw new RangeError(`${String(value)} is not ${expected}`);
}
