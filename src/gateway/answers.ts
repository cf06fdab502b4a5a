// Answers that end a call, in words for the agent: what happened, and what it can do about it.

import type { CallId, Json } from "#kernel";
import type { Verdict } from "#policy";
import type { Answer, CitedRule, RefusalCode } from "./types.ts";

type Refused = Extract<Answer, { kind: "refused" }>;
type Failed = Extract<Answer, { kind: "failed" }>;

const NEXT: Readonly<Record<RefusalCode, string>> = {
  killed: "Stop, and leave it. Whoever runs Countersign says when agents may go on.",
  tool_unknown: "Ask for the list of tools again, and use one of those.",
  arguments_invalid: "Read the tool's schema, correct the arguments and ask again.",
  key_reused: "Give each call its own idempotency key. Keep a key only for asking about the same call again.",
  not_found: "Check the name or the number. Only what the tenant's own installation reaches can be named.",
  facts_unavailable: "Ask again in a minute. If it stays so, a person should look at Countersign's log.",
  over_budget: "Stop until tomorrow (UTC), or have an operator raise the budget.",
  policy_red: "Do not ask for this again. Take the way that the rule names.",
  rejected: "Take the reason into account, and ask for something else.",
  timeout: "Nobody has decided. If it is still needed, ask again, and say why it matters.",
  void: "Look at how things are now, and ask again.",
  doer_refused: "Correct what the reason says and ask again, as a new call.",
  tenant_inactive: "Stop. The tenant is suspended or on its way out.",
};

export const REVOKED = "The agent, or the key that it asked with, was revoked meanwhile.";

/** Whether it makes sense to involve a person. INVARIANT (5): about a RED rule it does not: nobody can allow it. */
const HUMAN: Readonly<Record<RefusalCode, boolean>> = {
  killed: true,
  tool_unknown: false,
  arguments_invalid: false,
  key_reused: false,
  not_found: false,
  facts_unavailable: true,
  over_budget: true,
  policy_red: false,
  rejected: true,
  timeout: true,
  void: false,
  doer_refused: false,
  tenant_inactive: true,
};

export const refused = (
  call: CallId | null,
  code: RefusalCode,
  why: string,
  more: { readonly next?: string; readonly rules?: readonly CitedRule[] } = {},
): Refused => ({
  kind: "refused",
  call,
  code,
  rules: more.rules ?? [],
  why,
  next: more.next ?? NEXT[code],
  human: HUMAN[code],
});

export function byRule(call: CallId, verdict: Verdict): Refused {
  const rules = citedRules(verdict);
  const why =
    rules[0]?.text ??
    (verdict.errors.length > 0
      ? "The rules could not be applied to this call, and what cannot be judged is not done."
      : "No rule permits this.");
  return refused(call, "policy_red", why, { rules });
}

export const citedRules = ({ reasons }: Verdict): readonly CitedRule[] =>
  reasons.map(({ id, version, text }) => ({ id, version, text }));

/** X8: nothing was carried out in part, or `why` says that nobody knows; and a person is to look. */
export const failToHuman = (
  call: CallId,
  why: string,
  next = "Stop here, and tell a person about it. Countersign has it in its log.",
): Failed => ({
  kind: "failed",
  call,
  code: "FAIL_TO_HUMAN",
  why,
  next,
});

export const failedTool = (call: CallId, why: string): Failed => ({
  kind: "failed",
  call,
  code: "failed",
  why,
  next: "Read the reason. If it is about what you asked for, correct it and ask again, as a new call.",
});

export const done = (call: CallId, result: Json, summary: string): Extract<Answer, { kind: "done" }> => ({
  kind: "done",
  call,
  result,
  summary,
});
