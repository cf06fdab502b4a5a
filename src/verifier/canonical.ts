// Canonical JSON (RFC 8785) over the values that have only one spelling. No import at all: an auditor reads this file whole.

/** Why a value has no canonical form here, and where it stands (a JSON Pointer, RFC 6901). */
export class NotCanonical extends TypeError {
  readonly pointer: string;

  constructor(why: string, pointer: string) {
    super(`${why} at ${pointer === "" ? "the top" : pointer}`);
    this.name = "NotCanonical";
    this.pointer = pointer;
  }
}

export const MAX_DEPTH = 32;

/**
 * The canonical text of plain objects, arrays, well-formed strings, booleans, null and safe integers, nested at most
 * MAX_DEPTH deep. Throws NotCanonical for everything else: a Map would become `{}`, NaN null, 2^53+1 its neighbour, and
 * two different values must never have one hash. Decimals and big ids are strings.
 */
export function canonical(value: unknown): string {
  return write(value, "", 0);
}

/** What is stored and hashed: the UTF-8 bytes of the canonical text. */
export function canonicalBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(canonical(value));
}

/** True if exactly these bytes are the canonical form of what they say: no other spelling, order, duplicate key or space. */
export function isCanonical(bytes: Uint8Array): boolean {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    const parsed: unknown = JSON.parse(text);
    return canonical(parsed) === text;
  } catch {
    return false;
  }
}

function write(value: unknown, at: string, depth: number): string {
  if (depth > MAX_DEPTH) throw new NotCanonical(`nested deeper than ${MAX_DEPTH}`, at);
  switch (typeof value) {
    case "string":
      return writeString(value, at);
    case "boolean":
      return value ? "true" : "false";
    case "number":
      if (!Number.isSafeInteger(value)) throw new NotCanonical("a number that is no safe integer", at);
      return JSON.stringify(value);
    case "object":
      if (value === null) return "null";
      return Array.isArray(value) ? writeArray(value, at, depth) : writeObject(value, at, depth);
    case "undefined":
    case "bigint":
    case "symbol":
    case "function":
      throw new NotCanonical(`a value of type ${typeof value}`, at);
  }
}

/** For a well-formed string, ECMAScript's escapes are exactly those of RFC 8785, 3.2.2.2. */
function writeString(text: string, at: string): string {
  if (!text.isWellFormed()) throw new NotCanonical("a lone surrogate", at);
  return JSON.stringify(text);
}

function writeArray(items: readonly unknown[], at: string, depth: number): string {
  // A subclass, a hole or a property beside the items would be lost without a word.
  if (Object.getPrototypeOf(items) !== Array.prototype) throw new NotCanonical("an array that is not plain", at);
  if (Reflect.ownKeys(items).length !== items.length + 1)
    throw new NotCanonical("an array with holes or with properties", at);
  return `[${items.map((item, index) => write(item, `${at}/${index}`, depth + 1)).join(",")}]`;
}

function writeObject(object: object, at: string, depth: number): string {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype !== Object.prototype && prototype !== null) throw new NotCanonical("an object that is not plain", at);
  const members: [string, unknown][] = [];
  for (const key of Reflect.ownKeys(object)) {
    if (typeof key === "symbol") throw new NotCanonical("a symbol as a key", at);
    const property = Object.getOwnPropertyDescriptor(object, key);
    if (property === undefined || !("value" in property) || !property.enumerable)
      throw new NotCanonical("a computed or hidden property", pointer(at, key));
    // Whoever copies such an object later sets its prototype instead of a member.
    if (key === "__proto__") throw new NotCanonical("a member named __proto__", at);
    members.push([key, property.value]);
  }
  // Comparing strings in ECMAScript compares UTF-16 code units, which is the order that RFC 8785, 3.2.3 asks for.
  members.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${members.map(([key, value]) => `${writeString(key, at)}:${write(value, pointer(at, key), depth + 1)}`).join(",")}}`;
}

function pointer(at: string, key: string): string {
  return `${at}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}
