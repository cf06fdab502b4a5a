import type { NewEntry } from "#audit";
import { RULE_SET, type RunRecord } from "./result.ts";
import type { Schema } from "./schema.ts";

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

/** That the shape of a database was shown. `schema`: null when it was refused or lost. */
export const schemaEntryOf = (
  connection: string,
  outcome: "success" | "refused" | "failure",
  schema: Schema | null,
): Pick<NewEntry, "kind" | "outcome" | "policyVersion" | "body"> => ({
  kind: "sql.schema",
  outcome,
  policyVersion: RULE_SET,
  body: { connection, tables: schema?.tables.length ?? 0, topQueries: schema?.topQueries?.length ?? 0 },
});
