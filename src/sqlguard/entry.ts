import type { NewEntry } from "#audit";
import type { RunRecord } from "./result.ts";

const OUTCOMES = { rows: "success", denied: "refused", failed: "failure", lost: "failure" } as const;

/** What the audit log keeps of one query: how it was decided and what it took, never its text or a value of a row. */
export const entryOf = (
  connection: string,
  { outcome, rules, ...record }: RunRecord,
): Pick<NewEntry, "kind" | "outcome" | "policyVersion" | "body"> => ({
  kind: "sql.select",
  outcome: OUTCOMES[outcome],
  policyVersion: record.ruleSet,
  body: { connection, ...record, rules: [...rules] },
});
