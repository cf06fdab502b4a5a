// Verdicts for people and for programs.

import { byImportance, plain, sentenceOf, titleOf } from "#gate";
import type { Facts, SnapshotResult, Verdict } from "#gate";
import type { ExitStatus } from "./command.ts";

export type Answer =
  | { readonly kind: "verdict"; readonly facts: Facts; readonly verdict: Verdict }
  | Extract<SnapshotResult, { kind: "unusable" }>;

export function statusOf(answer: Answer): ExitStatus {
  if (answer.kind === "unusable") return 2;
  switch (answer.verdict.decision) {
    case "pass":
      return 0;
    case "fail":
      return 1;
    case "error":
      return 2;
  }
}

export const asJson = (answer: Answer): string => JSON.stringify(documentOf(answer));

/** The document of gate.md, section 7. Unusable input is an error like any other, with its problems. */
export function documentOf(answer: Answer): object {
  if (answer.kind === "unusable") {
    const { reason, headSha, problems } = answer;
    return { decision: "error", head_sha: headSha, reasons: [reason], counted: [], rejected: [], problems };
  }
  const v = answer.verdict;
  return {
    decision: v.decision,
    head_sha: v.headSha,
    reasons: v.reasons,
    counted: v.counted.map((c) => ({ review_id: c.reviewId, user_id: c.userId, login: c.login })),
    rejected: v.rejected.map((r) => ({ review_id: r.reviewId, user_id: r.userId, login: r.login, codes: r.codes })),
    approvals: v.approvals,
    number: v.number,
    base: v.baseRef,
    title: titleOf(v),
    notes: v.notes,
  };
}

const MARK = { pass: "PASS", fail: "FAIL", error: "ERROR" } as const;

/** For several documents: one line each. */
export function asLine(answer: Answer): string {
  if (answer.kind === "unusable") return `ERROR  ${answer.reason}  ${plain(answer.problems.join(" "))}`;
  const { verdict } = answer;
  return `${MARK[verdict.decision].padEnd(5)}  ${subject(answer)}  ${byImportance(verdict.reasons).join(", ")}`;
}

export function asText(answer: Answer): string {
  if (answer.kind === "unusable") {
    return [
      "ERROR  This snapshot cannot be judged.",
      "",
      ...answer.problems.map((p) => `  ${plain(p)}`),
      "",
      "  docs/gate.md lists the keys of a snapshot.",
    ].join("\n");
  }
  const { verdict } = answer;
  const reasons = byImportance(verdict.reasons);
  const todo = [...new Set(reasons.map((r) => sentenceOf(r).todo))];
  const counted = verdict.counted.map((c) => `+ ${plain(c.login)} counts`);
  const rejected = verdict.rejected.flatMap((r) => [
    `- ${r.login === null ? "a deleted account" : plain(r.login)} does not count`,
    ...r.codes.map((c) => `    ${sentenceOf(c).what} (${c})`),
  ]);
  const notes = verdict.notes.map(
    (n) =>
      `${n.path === undefined ? "" : `${plain(n.path)}${n.line === undefined ? "" : `:${n.line}`}: `}${plain(n.text, 500)}`,
  );
  const approvals =
    verdict.approvals.needed === 0 ? [] : [`${verdict.approvals.had} of ${verdict.approvals.needed} approvals`];
  return [
    `${MARK[verdict.decision]}  ${subject(answer)}`,
    `      ${titleOf(verdict)}`,
    ...section("Why", verdict.decision === "pass" ? [] : reasons.map((r) => `${sentenceOf(r).what} (${r})`)),
    ...section("What to do next", verdict.decision === "pass" ? [] : todo),
    ...section("Reviews", [...approvals, ...counted, ...rejected]),
    ...section("Notes", notes),
  ].join("\n");
}

function subject({ facts, verdict }: { readonly facts: Facts; readonly verdict: Verdict }): string {
  return `${plain(facts.pullRequest.repo)}#${verdict.number} at ${verdict.headSha.slice(0, 10)} into ${plain(verdict.baseRef, 100)}`;
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ["", `  ${title}`, ...lines.map((line) => `    ${line}`)];
}
