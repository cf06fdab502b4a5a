// The check run's text. The title says whose move it is; the summary says what to do next, and lists each review with the
// reason why it counts or does not.
//
// INVARIANT (F07): the conclusion is success, failure or action_required. GitHub lets "neutral" and "skipped" satisfy a
// required check, so they cannot even be expressed here.

import { RECEIPT_BYTES } from "#audit";
import { code, plain, prose } from "#kernel";
import type { BranchName, CommitSha, Digest } from "#kernel";
import { CODEOWNERS_PATH, REPOSITORY_POLICY_PATH } from "./policy.ts";
import { CHECK_NAME } from "./protection.ts";
import { byImportance, sentenceOf } from "./sentences.ts";
import type { Mover } from "./sentences.ts";
import type { Note, RejectedReview, Verdict } from "./verdict.ts";

/** What comes back in `check_run.requested_action.identifier` when the button is pressed. */
export const APPROVE_ACTION = "countersign_approve";

/** GitHub's limits for one check run call. Text limits are kept in bytes, which is never more than characters. */
export const CHECK_LIMITS = {
  titleBytes: 255,
  summaryBytes: 65_535,
  annotations: 50,
  annotationBytes: 64 * 1024,
  actionLabel: 20,
  actionDescription: 40,
  actionIdentifier: 20,
} as const;

export type Conclusion = "success" | "failure" | "action_required";

export interface Annotation {
  readonly path: string;
  readonly start_line: number;
  readonly end_line: number;
  readonly annotation_level: "failure" | "warning";
  readonly message: string;
}

export interface CheckReport {
  readonly name: typeof CHECK_NAME;
  readonly head_sha: CommitSha;
  readonly external_id: Digest;
  readonly status: "completed";
  readonly conclusion: Conclusion;
  readonly output: { readonly title: string; readonly summary: string; readonly annotations: readonly Annotation[] };
  readonly actions: readonly { readonly label: string; readonly description: string; readonly identifier: string }[];
}

/** A verdict without its number is a merge group's. */
export type Reported = Omit<Verdict, "number">;

export function report(verdict: Reported, factsDigest: Digest): CheckReport {
  const stepUp =
    verdict.decision === "fail" && verdict.reasons.some((r) => r === "step_up_missing" || r === "step_up_invalid");
  return {
    name: CHECK_NAME,
    head_sha: verdict.headSha,
    external_id: factsDigest,
    status: "completed",
    conclusion: conclusionOf(verdict),
    output: { title: titleOf(verdict), summary: summaryOf(verdict), annotations: annotationsOf(verdict.notes) },
    actions: stepUp
      ? [{ label: "Approve", description: "Confirm your approval of this commit", identifier: APPROVE_ACTION }]
      : [],
  };
}

/** At the end, and only where they fit whole. */
export function withTickets(said: CheckReport, lines: readonly string[]): CheckReport {
  if (lines.length === 0) return said;
  const summary = [said.output.summary, "", "### Tickets", ...lines.map((line) => `- ${prose(line)}`)].join("\n");
  return bytes(summary) > CHECK_LIMITS.summaryBytes - RECEIPT_BYTES
    ? said
    : { ...said, output: { ...said.output, summary } };
}

export function conclusionOf(verdict: Pick<Verdict, "decision" | "awaitsHuman">): Conclusion {
  switch (verdict.decision) {
    case "pass":
      return "success";
    case "fail":
      return verdict.awaitsHuman ? "action_required" : "failure";
    case "error":
      return "failure";
  }
}

const WAITING: Readonly<Record<Mover, string>> = {
  author: "Waiting for the author",
  reviewer: "Waiting for a reviewer",
  administrator: "Waiting for an administrator",
  operator: "Waiting for the operator",
  nobody: "Nothing to wait for",
};

/** Holds no text that somebody else chose. */
export function titleOf(verdict: Reported): string {
  const first = byImportance(verdict.reasons)[0] ?? "undecidable";
  const { move, what } = sentenceOf(first);
  const text = (): string => {
    switch (verdict.decision) {
      case "pass":
        return first === "not_production"
          ? `Nothing to do: ${lowered(what)}`
          : "Ready to merge: verified approval on this exact commit.";
      case "fail":
        return first === "insufficient_approvals"
          ? `Waiting for a reviewer: ${verdict.approvals.had} of ${verdict.approvals.needed} approvals.`
          : `${WAITING[move]}: ${lowered(what)}`;
      case "error":
        return `Could not decide, so nothing merges: ${lowered(what)}`;
    }
  };
  return fitted(text(), CHECK_LIMITS.titleBytes);
}

function lowered(sentence: string): string {
  return /^(?:GitHub|CODEOWNERS)/.test(sentence) ? sentence : sentence.charAt(0).toLowerCase() + sentence.slice(1);
}

function summaryOf(verdict: Reported): string {
  const reasons = byImportance(verdict.reasons);
  const remarks = verdict.notes.filter(({ code: about }) => about !== "migration");
  const todo = [...new Set(reasons.map((r) => sentenceOf(r).todo))];
  const lines = [
    "### What to do next",
    ...todo.map((t) => `- ${t}`),
    "",
    ...(verdict.decision === "pass"
      ? []
      : ["### Why", ...reasons.map((r) => `- ${sentenceOf(r).what} (\`${r}\`)`), ""]),
    subject(verdict.headSha, verdict.baseRef),
    ...(verdict.approvals.needed > 0
      ? [`Approvals that count: ${verdict.approvals.had} of ${verdict.approvals.needed}.`]
      : []),
    "",
    ...(verdict.counted.length > 0
      ? ["### Reviews that count", ...verdict.counted.map((c) => `- ${code(c.login)}`), ""]
      : []),
    ...(verdict.rejected.length > 0
      ? ["### Reviews that do not count", ...verdict.rejected.map(rejectedLine), ""]
      : []),
    ...schemaChanges(verdict.notes.filter(({ code: about }) => about === "migration")),
    ...(remarks.length > 0 ? ["### Notes", ...remarks.map(noteLine), ""] : []),
  ];
  // Room is left for the receipt that is added when it is published.
  return fittedLines(lines, CHECK_LIMITS.summaryBytes - RECEIPT_BYTES);
}

function subject(head: CommitSha, base: BranchName): string {
  return `Decided for commit ${code(head)} going into ${code(base)}.`;
}

function rejectedLine(review: RejectedReview): string {
  const who = review.login === null ? "A deleted account" : code(review.login);
  return `- ${who}: ${review.codes.map((c) => `${sentenceOf(c).what} (\`${c}\`)`).join(" ")}`;
}

function noteLine(note: Note): string {
  const place =
    note.path === undefined ? "" : `${code(note.line === undefined ? note.path : `${note.path}:${note.line}`)} `;
  return `- ${place}${prose(note.text)}`;
}

/** Those that lose data or protection stand first; what is beyond the limit is counted. */
function schemaChanges(found: readonly Note[]): readonly string[] {
  if (found.length === 0) return [];
  const worst = found.filter(({ level }) => level === "failure").length;
  const shown = worstFirst(found).slice(0, SCHEMA_LINES);
  return [
    "### Schema changes: a person should look at these",
    `${worst} lose data or protection or run code that is not seen here, ${found.length - worst} lock or break what runs now. They decide nothing by themselves.`,
    ...shown.map(noteLine),
    ...(shown.length < found.length ? [`- … and ${found.length - shown.length} more.`] : []),
    "",
  ];
}

const SCHEMA_LINES = 100;

const worstFirst = (found: readonly Note[]): readonly Note[] =>
  found.toSorted((a, b) => Number(a.level !== "failure") - Number(b.level !== "failure"));

/** Only files of this repository can be annotated; what is wrong elsewhere stands in the notes. */
function annotationsOf(notes: readonly Note[]): readonly Annotation[] {
  const policy = notes.filter(
    (n) => n.line !== undefined && (n.path === REPOSITORY_POLICY_PATH || n.path?.endsWith(CODEOWNERS_PATH) === true),
  );
  const schema = worstFirst(notes.filter((n) => n.code === "migration" && n.line !== undefined));
  return [...policy, ...schema].slice(0, CHECK_LIMITS.annotations).map((n): Annotation => ({
    path: n.path ?? "",
    start_line: n.line ?? 1,
    end_line: n.endLine ?? n.line ?? 1,
    annotation_level: n.level ?? (n.code === "floor_clamped" ? "warning" : "failure"),
    message: fitted(plain(n.text, 2000), CHECK_LIMITS.annotationBytes),
  }));
}

const bytes = (text: string): number => new TextEncoder().encode(text).length;

function fitted(text: string, maxBytes: number): string {
  if (bytes(text) <= maxBytes) return text;
  let kept = "";
  for (const ch of text) {
    if (bytes(kept) + bytes(ch) + 3 > maxBytes) break;
    kept += ch;
  }
  return `${kept}…`;
}

/** Whole lines only, so that no cut can change how the rest renders. */
function fittedLines(lines: readonly string[], maxBytes: number): string {
  const kept: string[] = [];
  let used = 0;
  for (const line of lines) {
    const size = bytes(line) + 1;
    if (used + size > maxBytes - 100)
      return [...kept, "", `… and ${lines.length - kept.length} more lines, left out here.`].join("\n");
    kept.push(line);
    used += size;
  }
  return kept.join("\n").trimEnd();
}
