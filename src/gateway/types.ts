// The gateway's door: what an agent asks, what it is answered.

import type { AgentPrincipal } from "#identity";
import type { ApprovalId, CallId, Instant, Json } from "#kernel";
import type { Colour } from "#policy";

/** Where a call came in. */
export const SURFACES = ["mcp", "http", "hook"] as const;

/** One call as it was asked for. Nothing in it is trusted: what a decision reads is computed from it and from the world. */
export interface Asked {
  readonly tool: string;
  readonly arguments: Json;
  /** Same key and same arguments: the same call, asked about again (invariant 26). null: each is a call of its own. */
  readonly idempotencyKey: string | null;
  /** Only say what would be done. */
  readonly explain: boolean;
  /** The agent's own name for its run: the circuit breaker sums over it. */
  readonly session: string | null;
  /** What the agent declares: it only ever raises what is counted. */
  readonly batch: { readonly updates: number; readonly cents: number } | null;
  /** `rule.id@version` of the constitution that the agent says it followed. */
  readonly citations: readonly string[];
  /** The model's own, 0 to 100. One signal among others: the least counts. */
  readonly confidence: number | null;
  /** W3C Trace Context of the agent's own trace. */
  readonly traceparent: string | null;
  readonly from: (typeof SURFACES)[number];
  /** Of a command of the agent's own program: where on its machine it would run, without our sandbox, and the project that it is in. */
  readonly native?: { readonly directory: string | null; readonly root: string | null };
}

/** Why a call is not carried out. Closed: agents and their authors program against it. */
export const REFUSAL_CODES = [
  /** Somebody pressed the kill switch: of the platform, the tenant, the agent or the repository. */
  "killed",
  /** No such tool, or not for this agent. */
  "tool_unknown",
  /** The arguments do not fit the tool's schema. */
  "arguments_invalid",
  /** The same idempotency key with other arguments. */
  "key_reused",
  /** What the call names (repository, pull request, commit) is not there for this tenant. */
  "not_found",
  /** What the decision needs could not be read. */
  "facts_unavailable",
  /** A budget of the agent or the tenant is used up. */
  "over_budget",
  /** A rule says never. */
  "policy_red",
  /** A person said no. */
  "rejected",
  /** No person decided in time. */
  "timeout",
  /** What was approved is not what would run now. */
  "void",
  /** The doer would not: the reason says why. */
  "doer_refused",
  /** The tenant's claim is dead: suspended, or on its way out. */
  "tenant_inactive",
] as const;
export type RefusalCode = (typeof REFUSAL_CODES)[number];

export interface CitedRule {
  readonly id: string;
  readonly version: string;
  readonly text: string;
}

/** `why` says what happened, `next` what to do about it: both are for the agent, and for whoever reads over its shoulder. */
export type Answer =
  | { readonly kind: "done"; readonly call: CallId; readonly result: Json; readonly summary: string }
  /** A person is asked. Ask for the call's status again. */
  | {
      readonly kind: "pending";
      readonly call: CallId;
      readonly approval: ApprovalId;
      readonly expiresAt: Instant;
      readonly url: string;
      readonly why: string;
    }
  | { readonly kind: "running"; readonly call: CallId }
  | {
      readonly kind: "explained";
      readonly call: CallId;
      readonly verdict: { readonly colour: Colour; readonly rules: readonly CitedRule[]; readonly set: string };
      readonly wouldDo: string;
      readonly plan: Json;
    }
  | {
      readonly kind: "refused";
      /** null: it was refused before it was a call. */
      readonly call: CallId | null;
      readonly code: RefusalCode;
      readonly rules: readonly CitedRule[];
      readonly why: string;
      readonly next: string;
      /** Whether a person can be asked about it. */
      readonly human: boolean;
    }
  | {
      readonly kind: "failed";
      readonly call: CallId;
      /** FAIL_TO_HUMAN: nothing goes on by itself, and a person is to look (X7, X8). `failed`: the tool ran, and failed. */
      readonly code: "FAIL_TO_HUMAN" | "failed";
      readonly why: string;
      readonly next: string;
    };

export interface Gateway {
  /** Waits at most `waitMs` for an end; then it is `pending` or `running`. Never throws: what goes wrong is an answer (X8). */
  handle(who: AgentPrincipal, asked: Asked, waitMs: number): Promise<Answer>;
  /** null: this agent has no such call. */
  status(who: AgentPrincipal, call: CallId, waitMs: number): Promise<Answer | null>;
  /** The verdict alone, for hooks: nothing is carried out. What would run by itself is `explained`, as is what a person would be asked about. */
  judge(who: AgentPrincipal, asked: Asked): Promise<Answer>;
}
