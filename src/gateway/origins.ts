import type { Origin } from "#screening";
import type { Json } from "#kernel";
import type { Tool } from "#policy";
import type { Answer } from "./types.ts";

/** Who wrote what a tool's result shows: nobody that Countersign vouches for. null: it shows only what Countersign wrote itself. */
const RETURNS: Readonly<Record<Tool, Origin | null>> = {
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

/**
 * Whose words may stand in the reason why it was not done, or not done whole: a server's error quotes what it failed on, a row of the client's
 * database or somebody's file. null: Countersign wrote every one of them.
 */
const FAILS: Readonly<Record<Tool, Origin | null>> = {
  ...RETURNS,
  "repo.propose": "tool_result",
  "pr.comment": "tool_result",
  "pr.merge": "tool_result",
};

/** Whose words an answer holds. null: ours alone; whoever pressed a switch, or said no, is one of us. */
export function writtenBy(answer: Answer, tool: Tool): Origin | null {
  switch (answer.kind) {
    case "done":
      return RETURNS[tool];
    case "refused":
      return answer.code === "doer_refused" ? FAILS[tool] : null;
    case "failed":
      return answer.code === "failed" ? FAILS[tool] : null;
    case "explained":
    case "pending":
    case "running":
      return null;
  }
}

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
