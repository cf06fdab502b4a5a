// Whether one more call fits into what is left of a day's budget: pure.

import type { AgentId, TenantId } from "#kernel";
import { BUDGET_KINDS, type Amounts, type BudgetKind, type Standing, type Take, type Taken } from "./budget.ts";

const GIB = 1024 ** 3;
const HOUR_MS = 3_600_000;

/** Countersign's own, where nobody set another: generous for work, small for a runaway. */
export const AGENT_LIMITS: Amounts = {
  calls: 2_000,
  wallMs: 8 * HOUR_MS,
  cpuMs: 4 * HOUR_MS,
  memoryBytes: 2 * GIB,
  bytes: 4 * GIB,
  tokens: 20_000_000,
  cents: 5_000_000,
};
export const TENANT_LIMITS: Amounts = {
  calls: 20_000,
  wallMs: 80 * HOUR_MS,
  cpuMs: 40 * HOUR_MS,
  memoryBytes: 2 * GIB,
  bytes: 40 * GIB,
  tokens: 200_000_000,
  cents: 20_000_000,
};

const CALLED: Readonly<Record<BudgetKind, string>> = {
  calls: "calls",
  wallMs: "milliseconds of running time",
  cpuMs: "milliseconds of processor time",
  memoryBytes: "bytes of memory in one call",
  bytes: "bytes of data",
  tokens: "model tokens",
  cents: "cents",
};

/** Of memory the most that one call has; of everything else the sum. */
const isPeak = (kind: BudgetKind): boolean => kind === "memoryBytes";

const MOST = 1_000_000_000_000_000;
/** INVARIANT: what is no amount is more than any limit. */
export function whole(given: number): number {
  const up = Math.ceil(given);
  return Number.isNaN(up) ? MOST : Math.min(Math.max(up, 0), MOST);
}

/** One of each kind; what is not given is `other`. */
export const amountsOf = (given: Partial<Amounts>, other: (kind: BudgetKind) => number): Amounts => {
  const one = (kind: BudgetKind): number => {
    const said = given[kind];
    return said === undefined ? other(kind) : whole(said);
  };
  return {
    calls: one("calls"),
    wallMs: one("wallMs"),
    cpuMs: one("cpuMs"),
    memoryBytes: one("memoryBytes"),
    bytes: one("bytes"),
    tokens: one("tokens"),
    cents: one("cents"),
  };
};

/** What is held for a call: itself, and the most that it says it can use. */
export const heldFor = ({ most = {} }: Pick<Take, "most">): Amounts => ({ ...amountsOf(most, () => 0), calls: 1 });

export interface Standings {
  readonly agent: Standing;
  readonly tenant: Standing;
}

/** Of a sum what was used before; a peak leaves nothing behind. */
const before = (kind: BudgetKind, used: Amounts): number => (isPeak(kind) ? 0 : used[kind]);

/** What a call may use. `back`: what is held for it already, and is in what is used. */
export const leftIn = ({ agent, tenant }: Standings, back: Amounts = amountsOf({}, () => 0)): Amounts =>
  amountsOf({}, (kind) =>
    whole(
      Math.min(...[agent, tenant].map(({ limits, used }) => limits[kind] - before(kind, used) + before(kind, back))),
    ),
  );

/** INVARIANT: both budgets have to hold the call, the agent's and its tenant's; what is used up refuses whatever was asked for. A call that moves no money needs none. */
export function spend(
  held: Amounts,
  standings: Standings,
  named: { readonly agent: AgentId; readonly tenant: TenantId },
): Taken {
  for (const whose of ["agent", "tenant"] as const) {
    const { limits, used } = standings[whose];
    for (const kind of BUDGET_KINDS) {
      const [limit, need, gone] = [limits[kind], held[kind], before(kind, used)];
      if (gone + need > limit || (need === 0 && gone >= limit && kind !== "cents"))
        return { kind: "over", of: kind, limit, why: sentence(whose, kind, limit, need, named) };
    }
  }
  return { kind: "within", left: leftIn(standings) };
}

function sentence(
  whose: "agent" | "tenant",
  kind: BudgetKind,
  limit: number,
  need: number,
  named: { readonly agent: AgentId; readonly tenant: TenantId },
): string {
  const who = whose === "agent" ? "This agent" : "All agents of this tenant together";
  const may = `${limit.toLocaleString("en")} ${CALLED[kind]}`;
  const most = isPeak(kind)
    ? `${who} may have ${may}, and this call asks for ${need.toLocaleString("en")}.`
    : `${who} may use ${may} in a day, and this call does not fit into what is left.`;
  const when = isPeak(kind) ? "" : " It is filled again at midnight UTC.";
  const subject = whose === "agent" ? ` --agent ${named.agent}` : "";
  return `${most}${when} An operator can set another limit: countersign control budget set --tenant ${named.tenant}${subject} --kind ${kind} --most N`;
}
