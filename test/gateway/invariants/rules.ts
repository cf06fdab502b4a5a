// Rules that a client reloads while its calls run; each with what it adds to those before it.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { forbid } from "../../policy/rules.ts";
import type { Side } from "./side.ts";

const COMMENTS = forbid({
  id: "client.comments",
  verdict: "YELLOW",
  head: `principal, action == Countersign::Action::"pr.comment", resource`,
});
const CHANGES = forbid({
  id: "client.changes",
  head: `principal, action == Countersign::Action::"repo.propose", resource`,
});
/** A file that does not load changes nothing: those from before stay. */
const BROKEN = "forbid (principal, action, resource) when { context.nothing };";

export const RULES = {
  none: "",
  comments: COMMENTS,
  changes: CHANGES,
  both: `${COMMENTS}\n${CHANGES}`,
  broken: BROKEN,
} as const;
export type RuleName = keyof typeof RULES;
export const RULE_NAMES: readonly RuleName[] = ["none", "comments", "changes", "both", "broken"];

export function putRules(clientsDir: string, { prefix }: Side, name: RuleName): void {
  const folder = join(clientsDir, prefix, "constitution");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "rules.cedar"), RULES[name]);
}
