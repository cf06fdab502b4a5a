// Reads JSON that strangers wrote: by hand, strict, never throwing.

import { isCanonical } from "./canonical.ts";

export interface Members {
  readonly [name: string]: unknown;
}

const isMembers = (value: unknown): value is Members =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** An object with these members and no other; null for anything else. */
export function members(value: unknown, required: readonly string[], optional: readonly string[] = []): Members | null {
  if (!isMembers(value)) return null;
  const names = Object.keys(value);
  const known = names.every((name) => required.includes(name) || optional.includes(name));
  return known && required.every((name) => Object.hasOwn(value, name)) ? value : null;
}

/** The value of canonical JSON bytes; undefined when they are not canonical, so that nothing has two spellings. */
export function canonicalValue(bytes: Uint8Array): unknown {
  if (!isCanonical(bytes)) return undefined;
  return JSON.parse(new TextDecoder().decode(bytes));
}

export const isText = (value: unknown): value is string => typeof value === "string";
/** Counts and sizes: whole, not negative, safe. */
export const isCount = (value: unknown): value is number =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0;

const HASH = /^[0-9a-f]{64}$/;
/** Lower-case hexadecimal of 32 bytes. */
export const isHashText = (value: unknown): value is string => isText(value) && HASH.test(value);

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
export const isUuid = (value: unknown): value is string => isText(value) && UUID.test(value);

/** Each line of JSON lines; null when one is no JSON, or there are more than `max`. */
export function jsonLines(bytes: Uint8Array, max: number): readonly unknown[] | null {
  if (bytes.length === 0) return [];
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    if (!text.endsWith("\n")) return null;
    const lines = text.slice(0, -1).split("\n");
    if (lines.length > max) return null;
    return lines.map((line): unknown => JSON.parse(line));
  } catch {
    return null;
  }
}
