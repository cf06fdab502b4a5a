// What stands on a pull request about its requests: whose move it is, until when, and where. INVARIANT: nothing that the repository's
// readers may not see: neither arguments nor what was observed, nor anybody's reasons.

import { code, iso, prose, type ApprovalId, type CommitSha } from "#kernel";
import { voidWords } from "./sentences.ts";
import type { Standing } from "./types.ts";

export const APPROVALS_CHECK = "Countersign approvals";

export interface Listed {
  readonly approval: ApprovalId;
  readonly title: string;
  readonly tool: string;
  readonly rules: readonly { readonly id: string; readonly version: string; readonly text: string }[];
  readonly risk: "normal" | "high";
  readonly standing: Standing;
}

export interface Board {
  readonly check: {
    readonly name: typeof APPROVALS_CHECK;
    readonly head_sha: CommitSha;
    readonly external_id: string;
    readonly status: "completed";
    readonly conclusion: "action_required" | "success" | "neutral";
    readonly details_url?: string;
    readonly output: { readonly title: string; readonly summary: string };
  };
  readonly comment: string;
}

/** Found again before another comment is written. */
export const boardMarker = (board: string): string => `<!-- countersign:approvals:${board} -->`;

export interface Place {
  readonly board: string;
  readonly sha: CommitSha;
  /** Of the page with one request; null: this server does not know where others reach it. */
  readonly pageOf: (approval: ApprovalId) => string | null;
}

/** `listed`: the newest first. */
export function boardOf(listed: readonly Listed[], { board, sha, pageOf }: Place): Board {
  const waiting = listed.filter(({ standing }) => standing.kind === "pending");
  const title = titleOf(waiting.length, listed);
  const lines = listed.map((each) => lineOf(each, pageOf(each.approval)));
  const text = [...(waiting.length === 0 ? [] : [HOW, ""]), ...lines].join("\n");
  const first = waiting[0] === undefined ? null : pageOf(waiting[0].approval);
  return {
    check: {
      name: APPROVALS_CHECK,
      head_sha: sha,
      external_id: board,
      status: "completed",
      conclusion: conclusionOf(listed),
      ...(first === null ? {} : { details_url: first }),
      output: { title, summary: text },
    },
    comment: [`### ${title}`, "", text, "", boardMarker(board)].join("\n"),
  };
}

const HOW =
  "Approve or reject on the page, signed in. A comment, a reaction or a review here decides nothing about these calls.";

function titleOf(waiting: number, listed: readonly Listed[]): string {
  if (waiting === 1) return "1 call of an agent waits for a person";
  if (waiting > 1) return `${waiting} calls of agents wait for a person`;
  const last = listed[0];
  return last === undefined
    ? "Nothing waits for a person"
    : `Nothing waits for a person; the last one: ${outcomeOf(last)}`;
}

function conclusionOf(listed: readonly Listed[]): Board["check"]["conclusion"] {
  if (listed.some(({ standing }) => standing.kind === "pending")) return "action_required";
  return listed[0]?.standing.kind === "approved" ? "success" : "neutral";
}

function lineOf(each: Listed, page: string | null): string {
  const { title, tool, rules, risk, standing } = each;
  const link = standing.kind !== "pending" || page === null ? "" : ` [Look and decide](${page})`;
  const why = rules.map((rule) => `  - ${code(`${rule.id}@${rule.version}`)}: ${prose(rule.text, 300)}`);
  const passkey = risk === "high" && standing.kind === "pending" ? ", with a passkey" : "";
  return [
    `- **${prose(title, 200)}** (${code(tool)}): ${outcomeOf(each)}${passkey}.${link}`,
    ...(standing.kind === "pending" ? why : []),
  ].join("\n");
}

function outcomeOf({ standing }: Pick<Listed, "standing">): string {
  switch (standing.kind) {
    case "pending":
      return `waits, ${standing.yes} of ${standing.of} yes, until ${iso(standing.expiresAt)}`;
    case "approved":
      return "approved";
    case "rejected":
      return "rejected";
    case "expired":
      return "denied: nobody decided in time";
    case "void":
      return `void: ${voidWords(standing.why)}`;
  }
}

/** Of a check run on a commit that is the head no more. */
export const LEFT = {
  name: APPROVALS_CHECK,
  status: "completed",
  conclusion: "neutral",
  output: { title: "The pull request has new commits", summary: "What is asked now is on the new head." },
} as const;
