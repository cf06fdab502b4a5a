// Whether one more call passes what an agent may change before a person looks: pure.

import { iso, type AgentId, type TenantId } from "#kernel";
import { MOST_CENTS, MOST_UPDATES, type Admission, type Batch, type BreakerFacts, type Opened } from "./breaker.ts";

export type Trip =
  | { readonly kind: "admit"; readonly window: Batch }
  | { readonly kind: "trip"; readonly window: Batch; readonly why: string }
  /** Since before: no call closes it, however small. */
  | { readonly kind: "open"; readonly window: Batch; readonly why: string };

/** As much as anything can be: past every limit, and no sum of it overflows. */
const ENDLESS = 1_000_000_000_000;

/** INVARIANT: what is no amount is an endless one. A gain is as far from nothing as a loss. */
function amount(given: number): number {
  const size = Math.ceil(Math.abs(given));
  return Number.isNaN(size) ? ENDLESS : Math.min(size, ENDLESS);
}

export const sizeOf = ({ updates, cents }: Batch): Batch => ({ updates: amount(updates), cents: amount(cents) });

/** INVARIANT 22: in whatever calls and sessions a change is split, what it sums to within the window decides. */
export function trip(asked: Admission, facts: BreakerFacts, tenant: TenantId): Trip {
  const own = sizeOf(asked);
  const window: Batch = {
    updates: Math.max(facts.hour.updates, facts.session.updates) + own.updates,
    cents: Math.max(facts.hour.cents, facts.session.cents) + own.cents,
  };
  const { opened } = facts;
  if (opened !== null)
    return {
      kind: "open",
      window: opened.window,
      why: `This agent is stopped since ${iso(opened.since)}: it was about to pass what it may change before a person looks (${amounts(opened.window)}). ${next(tenant, asked.agent)}`,
    };
  if (window.updates <= MOST_UPDATES && window.cents <= MOST_CENTS) return { kind: "admit", window };
  return {
    kind: "trip",
    window,
    why: `This call would bring what this agent changes to ${amounts(window)}. ${mayChange()} ${next(tenant, asked.agent)}`,
  };
}

/** To the client's owners, once each time that one opens. `name`: the agent's; `prefix`: the client's. */
export const stoppedMessage = (
  { agent, window }: Pick<Opened, "agent" | "window">,
  name: string,
  prefix: string,
): { readonly title: string; readonly text: string } => ({
  title: `Agent ${name} is stopped: it was about to change more than an agent may`,
  text: [
    `One more call would have brought what it changed to ${amounts(window)}. ${mayChange()} That call was not carried out, and none of its calls is until somebody resets it.`,
    `See what it has done: countersign audit log --tenant ${prefix} --actor agent:${agent}`,
    `Then let it go on: countersign control breaker reset --tenant ${prefix} --agent ${name} --reason TEXT`,
  ].join("\n\n"),
});

const mayChange = (): string =>
  `Without a person looking it may change ${amounts({ updates: MOST_UPDATES, cents: MOST_CENTS })}, in one batch, one session or one hour.`;

const amounts = ({ updates, cents }: Batch): string =>
  `${updates >= ENDLESS ? "more than can be counted" : updates.toLocaleString("en")} updates and ${(cents / 100).toLocaleString("en", { minimumFractionDigits: 2 })} USD`;

const next = (tenant: TenantId, agent: AgentId): string =>
  `A person looks at what it has done and resets it: countersign control breaker reset --tenant ${tenant} --agent ${agent} --reason TEXT`;
