// The default-deny walk: a statement is what the tables say a read is made of, node by node and field by field, or it is refused.

import { LIMITS } from "../limits.ts";
import type { Offence } from "../refusal.ts";
import type { Grammar, Kind } from "./grammar/index.ts";
import { fieldOffence, tagOffence } from "./known-shapes.ts";
import { isEmpty, isFields, offsetOf, tagOf, type Fields } from "./tree.ts";

/** `offset`: byte offset of the node, or of the nearest one above that has one. Not an object: this is called for every node of every statement. */
export type Enter = (tag: string, fields: Fields, offset: number) => void;

/** Everything in the tree that is not in the tables; `enter` sees each node that is. Total: it never throws. */
export function walk(
  root: { readonly tag: string; readonly fields: Fields },
  grammar: Grammar,
  enter: Enter,
  start = 0,
): readonly Offence[] {
  const offences: Offence[] = [];
  let nodes = 0;
  let exhausted = false;

  const visit = (tag: string, fields: Fields, near: number, depth: number): void => {
    if (exhausted) return;
    if (depth > LIMITS.depth || ++nodes > LIMITS.nodes) {
      exhausted = true;
      offences.push({ rule: "budget", offset: near, text: depth > LIMITS.depth ? "nesting" : "number of parts" });
      return;
    }
    const offset = offsetOf(fields) ?? near;
    const shape = grammar.get(tag);
    if (shape === undefined) {
      offences.push(tagOffence(tag, fields, offset));
      return;
    }
    enter(tag, fields, offset);
    // Inherited names would be unknown fields, and refused: nothing is looked past.
    for (const name in fields) {
      const value = fields[name];
      const kind = shape.get(name);
      const fits = kind !== undefined && hold(kind, value, offset, depth);
      if (!fits) offences.push(fieldOffence(tag, name, value, offset));
    }
  };

  const inside = (
    value: unknown,
    tags: ReadonlySet<string>,
    offset: number,
    depth: number,
    emptyAllowed: boolean,
  ): boolean => {
    if (!isFields(value)) return false;
    const tag = tagOf(value);
    if (tag === null) return emptyAllowed && isEmpty(value);
    const fields = value[tag];
    if (!isFields(fields)) return false;
    if (tags.has(tag)) visit(tag, fields, offset, depth + 1);
    else offences.push(tagOffence(tag, fields, offsetOf(fields) ?? offset));
    return true;
  };

  const hold = (kind: Kind, value: unknown, offset: number, depth: number): boolean => {
    switch (kind.is) {
      case "text":
        return typeof value === "string";
      case "flag":
        return typeof value === "boolean";
      case "number":
        return typeof value === "number";
      case "word":
        return typeof value === "string" && kind.words.has(value);
      case "part":
        if (!isFields(value)) return false;
        visit(kind.tag, value, offset, depth + 1);
        return true;
      case "node":
        return inside(value, kind.tags, offset, depth, false);
      case "nodes":
        if (!Array.isArray(value)) return false;
        for (const each of value) if (!inside(each, kind.tags, offset, depth, kind.emptyAllowed)) return false;
        return true;
    }
  };

  visit(root.tag, root.fields, start, 0);
  return offences;
}
