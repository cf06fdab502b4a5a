import type { Origin } from "#screening";
import type { Json } from "#kernel";
import type { Tool } from "#policy";

/** Who wrote what a tool's result shows: nobody that Countersign vouches for. null: it shows only what Countersign wrote itself. */
export const RETURNS: Readonly<Record<Tool, Origin | null>> = {
  "repo.read": "file",
  "repo.search": "file",
  "repo.diff": "file",
  "repo.propose": null,
  "pr.comment": null,
  "pr.merge": null,
  "checks.read": "tool_result",
  "logs.read": "log",
  "traces.read": null,
  "sql.select": "tool_result",
  "ticket.read": "ticket",
  "ticket.ask": null,
  "ticket.update": null,
  "email.notify": null,
  "shell.test": "log",
};

/** Every text of a result, names too (a database gives them), in one order, so that each can be put back where it was. */
export function textsOf(value: Json): readonly string[] {
  if (typeof value === "string") return [value];
  if (value === null || typeof value !== "object") return [];
  if (isList(value)) return value.flatMap(textsOf);
  return Object.entries(value).flatMap(([key, item]) => [key, ...textsOf(item)]);
}

/** The same value with those texts in place of its own. */
export function withTexts(value: Json, texts: readonly string[]): Json {
  let at = 0;
  const next = (): string => texts[at++] ?? "";
  const put = (each: Json): Json => {
    if (typeof each === "string") return next();
    if (each === null || typeof each !== "object") return each;
    if (isList(each)) return each.map(put);
    return Object.fromEntries(Object.entries(each).map(([, item]) => [next(), put(item)]));
  };
  return put(value);
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);
