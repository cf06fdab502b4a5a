// What a command answers, as Markdown. Names the person once, says what happened and what to do next.

import { LIMITS } from "../limits.ts";
import type { HoldAnswer, ReleaseAnswer } from "../intake.ts";
import type { Ruling } from "./decide.ts";

export type Effect =
  | { readonly kind: "refused"; readonly needs: Extract<Ruling, { kind: "refuse" }>["needs"] }
  | { readonly kind: "help" }
  | { readonly kind: "unknown"; readonly word: string }
  | { readonly kind: "explained"; readonly report: string | null }
  | { readonly kind: "rechecked" }
  | { readonly kind: "hold"; readonly answer: HoldAnswer; readonly reason: string }
  | { readonly kind: "release"; readonly answer: ReleaseAnswer }
  | { readonly kind: "revoked" };

const HELP = [
  "| command | does | who |",
  "|---|---|---|",
  "| `/countersign explain` | shows the last verdict and what is missing | everybody who can read |",
  "| `/countersign recheck` | reads everything again and decides | triage |",
  "| `/countersign hold [reason]` | stops this pull request until it is released | write |",
  "| `/countersign unhold` | releases your own hold; an admin releases every hold | write |",
  "| `/countersign ticket` | opens a ticket for this conversation | members and collaborators |",
  "| `/countersign revoke` | takes back your approvals | their author |",
  "",
  "No command approves anything. To approve, review the current commit with GitHub's own review.",
].join("\n");

/** Found again before another reply is written: a job that was interrupted after posting does not post twice. */
export const replyMarker = (guid: string): string => `<!-- countersign:reply:${guid} -->`;

export function replyTo(login: string, effect: Effect, guid: string): string {
  const text = `@${login} ${sentence(effect)}`.slice(0, LIMITS.commentChars);
  return `${text}\n\n${replyMarker(guid)}`;
}

function sentence(effect: Effect): string {
  switch (effect.kind) {
    case "refused":
      return `nothing was done: this command needs ${effect.needs} access to the repository. Ask somebody who has it.`;
    case "help":
      return `these are the commands:\n\n${HELP}`;
    case "unknown":
      return `there is no command \`${effect.word}\`. These are the commands:\n\n${HELP}`;
    case "explained":
      return effect.report === null
        ? "no verdict has been made yet. It follows within a minute; `/countersign recheck` asks for it now."
        : `the last verdict:\n\n${effect.report}`;
    case "rechecked":
      return "everything is being read again. The check run on the head commit will say the result.";
    case "hold":
      return holdSentence(effect.answer, effect.reason);
    case "release":
      return releaseSentence(effect.answer);
    case "revoked":
      return "your approvals of this pull request no longer count. To approve again, submit a new review of the current commit.";
  }
}

function holdSentence(answer: HoldAnswer, reason: string): string {
  const because = reason === "" ? "" : ` (reason: \`${reason}\`)`;
  switch (answer) {
    case "held":
      return `this pull request is held${because}: it does not pass until you or an admin write \`/countersign unhold\`.`;
    case "already_held":
      return "you hold this pull request already. `/countersign unhold` releases it.";
  }
}

function releaseSentence(answer: ReleaseAnswer): string {
  switch (answer) {
    case "released":
      return "the hold is released. The pull request is decided again; other holds, if any, stay.";
    case "not_held":
      return "nobody holds this pull request.";
    case "held_by_others":
      return "you do not hold this pull request, others do. They, or an admin, can release it.";
  }
}
