// The blast radius of one agent: how much it may change before a person looks (X7, invariant 22).

import type { AgentId, CallId, Instant } from "#kernel";
import type { TenantTx } from "#platform/postgres";

/** Passing one of them trips; reaching it does not. */
export const MOST_UPDATES = 50;
export const MOST_CENTS = 1_000_000;

export interface Batch {
  /** Comments, tickets, pull requests (a proposed change is one, however many files it has): things changed. */
  readonly updates: number;
  /** Money moved, in cents of USD; its direction does not matter, and gains cancel no losses. */
  readonly cents: number;
}

/** What the call itself comes to, or what its agent says that it does, whichever is more. */
export interface Admission extends Batch {
  readonly agent: AgentId;
  readonly session: string;
  /** Admitted again (after an approval), it counts once, from now on. */
  readonly call: CallId;
}

export type Admitted =
  | { readonly kind: "admitted"; readonly window: Batch }
  /** FAIL_TO_HUMAN, and so is every call of this agent until a person resets it. `why` has the next step. */
  | { readonly kind: "open"; readonly why: string; readonly window: Batch };

export interface Opened {
  readonly agent: AgentId;
  readonly since: Instant;
  readonly call: CallId;
  readonly window: Batch;
}

export interface BreakerFacts {
  /** null: closed. */
  readonly opened: Opened | null;
  /** This agent's of the last hour, in whatever sessions; without this call. */
  readonly hour: Batch;
  /** Of this session, the last day. */
  readonly session: Batch;
}

export interface Breaker {
  /**
   * INVARIANT: the caller commits `tx` also where the answer is "open", and executes nothing before that commit. `turn`: what was taken for
   * it in the same transaction, with its first statements.
   */
  admit(tx: TenantTx, asked: Admission, turn?: BreakerFacts): Promise<Admitted>;
  /** What admission decides on; this agent's other calls that change something wait until the transaction ends. */
  turn(tx: TenantTx, asked: Admission): Promise<BreakerFacts>;
  /** The same answer, and nothing is counted: for explain mode. */
  foresee(tx: TenantTx, asked: Admission): Promise<Admitted>;
  /** By a person, for a reason. "closed": it was not open. */
  reset(tx: TenantTx, asked: Reset): Promise<"reset" | "closed">;
  /** Those of this tenant that are open. */
  open(tx: TenantTx): Promise<readonly Opened[]>;
}

export interface Reset {
  readonly agent: AgentId;
  readonly reason: string;
  readonly by: Actor;
}

/** A person, by type: no agent, job or key resets a breaker. For the entry in the same transaction. */
export interface Actor {
  readonly initiator: { readonly type: "human" | "person" | "operator"; readonly id: string };
  readonly requestId: string;
}
