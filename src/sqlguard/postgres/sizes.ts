// Lengths and counts that make a value of any size out of nothing. The planner computes them while it plans, before any limit of rows.

import { LIMITS } from "../limits.ts";
import type { Offence } from "../refusal.ts";
import { integerOf, items, names, stringConstant, tagged, type Fields } from "./tree.ts";

/** Which argument is the length, from 0, where there is more than one. bpchar and bit: what char(n) and bit(n) call; polygon: as many points. */
const LENGTH_ARGUMENT: ReadonlyMap<string, number> = new Map([
  ["repeat", 1],
  ["lpad", 1],
  ["rpad", 1],
  ["bpchar", 1],
  ["bit", 1],
  ["polygon", 0],
]);
const SIZED_TYPES: ReadonlySet<string> = new Set(["bpchar", "varchar", "bit", "varbit"]);

/** A number that can be read in the text, or least(...) with one. */
function bounded(value: unknown): boolean {
  const number = integerOf(value);
  if (number !== null) return number <= LIMITS.literal;
  const node = tagged(value);
  return (
    node?.tag === "MinMaxExpr" &&
    node.fields["op"] === "IS_LEAST" &&
    items(node.fields["args"]).some((each) => {
      const bound = integerOf(each);
      return bound !== null && bound <= LIMITS.literal;
    })
  );
}

/** array_fill(value, ARRAY[n, m]): the product counts. */
function boundedArray(value: unknown): boolean {
  const node = tagged(value);
  if (node?.tag !== "A_ArrayExpr") return false;
  const sizes = items(node.fields["elements"]).map(integerOf);
  return (
    sizes.every((size) => size !== null && size >= 0) &&
    sizes.reduce<number>((all, size) => all * (size ?? 0), 1) <= LIMITS.literal
  );
}

/** format('%100s'): a width, after as many minus signs as somebody likes, or * which takes it from an argument. */
function boundedFormat(value: unknown): boolean {
  const pattern = stringConstant(value);
  if (pattern === null) return false;
  const widths = [...pattern.matchAll(/%(?:\d+\$)?-*(\*|\d+)/g)].map(([, width]) => width ?? "");
  return widths.every((width) => width !== "*" && Number(width) <= LIMITS.literal);
}

const NONE: readonly Offence[] = [];

export function sizeOffences(tag: string, fields: Fields, offset: number): readonly Offence[] {
  if (tag === "TypeName") {
    const type = names(fields["names"]).at(-1) ?? "";
    // _bpchar(n) is bpchar(n)[].
    return !SIZED_TYPES.has(type.replace(/^_/, "")) || items(fields["typmods"]).every(bounded)
      ? []
      : [{ rule: "size", offset, text: type }];
  }
  if (tag !== "FuncCall") return NONE;
  const name = names(fields["funcname"]).at(-1) ?? "";
  const args = items(fields["args"]);
  const refuse: readonly Offence[] = [{ rule: "size", offset, text: name }];
  // By name or spread over an array, the arguments are no longer where they are looked for.
  const readable = fields["func_variadic"] !== true && args.every((each) => tagged(each)?.tag !== "NamedArgExpr");
  const length = LENGTH_ARGUMENT.get(name);
  if (length !== undefined) return readable && (args.length < 2 || bounded(args[length])) ? [] : refuse;
  if (name === "array_fill") return readable && boundedArray(args[1]) ? [] : refuse;
  if (name === "format") return boundedFormat(args[0]) ? [] : refuse;
  return [];
}
