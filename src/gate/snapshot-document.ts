// The top level of a snapshot document: which keys there are, and reading one of them without ever mistaking a key that
// is absent, marked incomplete or malformed for an empty one.

import type { z } from "zod";
import { complete, incomplete, known, unknown } from "#kernel";
import type { List } from "#kernel";
import type { FileText } from "./facts.ts";
import { firstProblem } from "./snapshot-shapes.ts";
import type { ErrorCode } from "./verdict.ts";

const REQUIRED = [
  "pull_request",
  "reviews",
  "commits",
  "files",
  "permissions",
  "timeline",
  "activity",
  "first_seen",
  "requesters",
  "service_accounts",
  "siblings",
  "rulesets",
  "app_id",
  "config",
  "codeowners",
] as const;
const OPTIONAL = ["incomplete", "now", "sibling_snapshots", "default_config", "org_config", "step_ups"] as const;

export type Key = (typeof REQUIRED)[number] | (typeof OPTIONAL)[number];
const KEYS: ReadonlySet<string> = new Set([...REQUIRED, ...OPTIONAL]);

export type Value =
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "absent" }
  | { readonly kind: "missing"; readonly why: string };

export interface Document {
  readonly kind: "document";
  /** absent: only for optional keys. missing: cannot be relied on. */
  readonly get: (key: Key) => Value;
  readonly list: <T>(key: Key, shape: z.ZodType<T>) => List<T>;
  readonly text: (key: Key) => FileText;
}

export function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export interface NoDocument {
  readonly kind: "none";
  readonly reason: ErrorCode;
  readonly why: string;
}

/** The document, or why it is none. */
export function openDocument(json: unknown): Document | NoDocument {
  if (!isObject(json)) return none("undecidable", "A snapshot is one JSON object; see docs/gate.md for its keys.");
  const marks = json["incomplete"] ?? [];
  if (!Array.isArray(marks)) return none("undecidable", '"incomplete" must be a list of key names.');
  const names: readonly unknown[] = marks;
  const strange = names.filter((name) => typeof name !== "string" || !KEYS.has(name));
  if (strange.length > 0)
    return none(
      "incomplete_facts",
      `"incomplete" names what is no key of a snapshot: ${strange
        .map((s) => JSON.stringify(s))
        .join(", ")
        .slice(0, 200)}.`,
    );
  const marked = new Set(names);

  const get = (key: Key): Value => {
    if (marked.has(key)) return { kind: "missing", why: `${key} is marked incomplete` };
    const optional = OPTIONAL.some((name) => name === key);
    // Some writers put null where there is nothing; of a required key null is a value like any other.
    if (Object.hasOwn(json, key) && !(optional && json[key] === null)) return { kind: "value", value: json[key] };
    return optional ? { kind: "absent" } : { kind: "missing", why: `${key} is absent` };
  };
  const text = (key: Key): FileText => {
    const found = get(key);
    if (found.kind === "absent") return known(null);
    if (found.kind === "missing") return unknown(found.why);
    if (found.value === null) return known(null);
    if (typeof found.value !== "string") return unknown(`${key} is neither text nor null`);
    return found.value.isWellFormed() ? known(found.value) : unknown(`${key} is not well-formed text`);
  };
  return { kind: "document", get, text, list: (key, shape) => readList(get(key), json[key], key, shape) };
}

function none(reason: ErrorCode, why: string): NoDocument {
  return { kind: "none", reason, why };
}

function readList<T>(found: Value, raw: unknown, key: Key, shape: z.ZodType<T>): List<T> {
  if (found.kind === "absent") return complete([]);
  if (!Array.isArray(raw)) return incomplete(found.kind === "missing" ? found.why : `${key} is not a list`);
  const items: T[] = [];
  let why = found.kind === "missing" ? found.why : null;
  const elements: readonly unknown[] = raw;
  elements.forEach((element, i) => {
    const parsed = shape.safeParse(element);
    if (parsed.success) items.push(parsed.data);
    else why ??= `${key}[${i}]: ${firstProblem(parsed.error)}`;
  });
  return why === null ? complete(items) : incomplete(why, items);
}

export function mapped<A, B>(list: List<A>, items: readonly B[]): List<B> {
  return list.complete ? complete(items) : incomplete(list.why, items);
}

/** `list`, and everything it needs to be read rightly: not complete when one of those is not. */
export function relying<T>(list: List<T>, on: readonly (string | null)[]): List<T> {
  const why = on.find((w) => w !== null);
  return why === undefined || why === null || !list.complete ? list : incomplete(why, list.items);
}
