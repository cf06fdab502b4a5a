// What one agent, and one tenant, may use up in a day (UTC).

import type { AgentId, CallId } from "#kernel";
import type { TenantTx } from "#platform/postgres";
import type { Actor } from "./breaker.ts";

export const BUDGET_KINDS = ["calls", "wallMs", "cpuMs", "memoryBytes", "bytes", "tokens", "cents"] as const;
export type BudgetKind = (typeof BUDGET_KINDS)[number];
export type Amounts = Readonly<Record<BudgetKind, number>>;

export interface Take {
  readonly agent: AgentId;
  /** Taken again, it counts once. */
  readonly call: CallId;
  readonly tool: string;
  /** The most that this call can use: held for it until it is settled, so that calls at the same moment share one budget. */
  readonly most?: Partial<Amounts>;
}

export type Taken =
  /** `left`: the most that this call may use of each. */
  | { readonly kind: "within"; readonly left: Amounts }
  | { readonly kind: "over"; readonly of: BudgetKind; readonly limit: number; readonly why: string };

export interface Settle {
  readonly agent: AgentId;
  readonly call: CallId;
  readonly used: Partial<Amounts>;
}

export interface Standing {
  readonly limits: Amounts;
  /** Of the limits, those that somebody set; the others are Countersign's own. */
  readonly set: readonly BudgetKind[];
  /** Today. Of memory: the most that one call had. */
  readonly used: Amounts;
}

export interface Budgets {
  take(tx: TenantTx, asked: Take): Promise<Taken>;
  /** What it really used, in place of what was held. Settled again, or never taken: nothing changes. */
  settle(tx: TenantTx, asked: Settle): Promise<void>;
  /** null: the tenant as a whole. */
  show(tx: TenantTx, agent: AgentId | null): Promise<Standing>;
  /** `most` null: Countersign's own limit again. Audited. */
  set(
    tx: TenantTx,
    asked: {
      readonly agent: AgentId | null;
      readonly kind: BudgetKind;
      readonly most: number | null;
      readonly by: Actor;
    },
  ): Promise<void>;
}
