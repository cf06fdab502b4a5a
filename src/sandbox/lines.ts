// What a sandboxed program says: JSON, a line each, of one shape. It is an agent's or a stranger's text until it has passed here.

import type { ZodType } from "zod";

export type Lines<T> =
  | { readonly kind: "lines"; readonly values: readonly T[] }
  /** `line`: from 1. */
  | { readonly kind: "malformed"; readonly line: number; readonly why: string };

/** All or nothing: where one line is wrong, none is believed. */
export function readLines<T>(bytes: Uint8Array, shape: ZodType<T>): Lines<T> {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return { kind: "malformed", line: 1, why: "it is not UTF-8" };
  }
  const values: T[] = [];
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  for (const [i, line] of lines.entries()) {
    const parsed = shape.safeParse(parseJson(line));
    if (!parsed.success)
      return { kind: "malformed", line: i + 1, why: parsed.error.issues[0]?.message ?? "it has another shape" };
    values.push(parsed.data);
  }
  return { kind: "lines", values };
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
