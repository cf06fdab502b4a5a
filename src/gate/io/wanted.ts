// What the check run of a SHA should say. A check belongs to a commit, not to a pull request: the worst verdict of all open
// pull requests with that head is the one that shows.

import sql from "sql-template-tag";
import { z } from "zod";
import type { CommitSha, Digest, EntryId, RepositoryId } from "#kernel";
import type { TenantTx } from "#platform/postgres";
import { CHECK_NAME } from "../protection.ts";
import { withTickets, type CheckReport } from "../report.ts";
import { entryColumn } from "./columns.ts";
import { digestOf } from "./digest.ts";
import { reportColumn } from "./verdicts.ts";
import type { StoredVerdict } from "./verdicts.ts";

export interface Wanted {
  readonly report: CheckReport;
  /** The entry that records the decision; null: what is said is no decision. */
  readonly entry: EntryId | null;
  readonly why: "verdict" | "undecided_sibling" | "left" | "group";
}

const RANK: Readonly<Record<StoredVerdict["decision"], number>> = { error: 2, fail: 1, pass: 0 };

/** null: nothing needs to be said. `succeeded`: the check run shows success now. */
export function wantedFor(
  sha: CommitSha,
  pulls: readonly { readonly verdict: StoredVerdict | null }[],
  shown: { readonly succeeded: boolean; readonly merged: boolean },
): Wanted | null {
  const verdicts = pulls
    .flatMap((p) => (p.verdict === null ? [] : [p.verdict]))
    .toSorted((a, b) => RANK[b.decision] - RANK[a.decision]);
  const [worst] = verdicts;
  if (worst !== undefined && (worst.decision !== "pass" || verdicts.length === pulls.length))
    return { report: worst.report, entry: worst.entry, why: "verdict" };
  // INVARIANT: no success while another open pull request with this head is not decided.
  if (pulls.length > 0)
    return shown.succeeded || worst !== undefined
      ? { report: plainFailure(sha, UNDECIDED), entry: null, why: "undecided_sibling" }
      : null;
  return shown.succeeded && !shown.merged ? { report: plainFailure(sha, LEFT), entry: null, why: "left" } : null;
}

/**
 * INVARIANT (G1): what a merge group's commit was allowed, a pull request with that commit as its head is not. Anybody who
 * can push can open one, against another branch or after the group was thrown away.
 */
export function withGroup(sha: CommitSha, group: Wanted | null, own: Wanted | null, open: number): Wanted | null {
  if (group === null || open === 0) return group ?? own;
  if (own === null) return { report: plainFailure(sha, UNDECIDED), entry: null, why: "undecided_sibling" };
  return own.report.conclusion === "success" ? group : own;
}

/** They decide nothing: the conclusion is the verdict's, with them and without. */
export const withLines = (wanted: Wanted | null, lines: readonly string[]): Wanted | null =>
  wanted === null ? null : { ...wanted, report: withTickets(wanted.report, lines) };

const UNDECIDED = {
  title: "Waiting for a decision about this commit.",
  summary:
    "An open pull request with this head commit is not decided yet, or could not be decided again because GitHub did not answer. A check holds for the commit, so it cannot succeed before that. It is tried again by itself.",
};
const LEFT = {
  title: "This commit is no longer the head of an open pull request.",
  summary:
    "It was approved as the head of a pull request that has moved on or was closed. Open a pull request with it to have it decided anew.",
};

function plainFailure(sha: CommitSha, output: { readonly title: string; readonly summary: string }): CheckReport {
  const digest: Digest = digestOf({ sha, title: output.title });
  return {
    name: CHECK_NAME,
    head_sha: sha,
    external_id: digest,
    status: "completed",
    conclusion: "failure",
    output: { ...output, annotations: [] },
    actions: [],
  };
}

/** The verdict of a merge group, when this SHA is one. */
export async function groupReport(tx: TenantTx, repository: RepositoryId, sha: CommitSha): Promise<Wanted | null> {
  const row = await tx.maybe(
    sql`select report, entry_id from gate.merge_group where tenant_id = ${tx.tenantId} and repository_id = ${repository} and sha = ${sha} and report is not null`,
    z.object({ report: reportColumn, entry_id: entryColumn.nullable() }),
  );
  return row === null ? null : { report: row.report, entry: row.entry_id, why: "group" };
}
