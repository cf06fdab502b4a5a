// One pass of the timers, of every client: the clock is looked at, what is due is claimed, notices become words, silence is looked into.
// Any number of processes do this at once.

import type { TenantId } from "#kernel";
import type { Database, TenantClaim } from "#platform/postgres";
import { claimClock, claimDue, type Due } from "./claim.ts";
import { closeSilent } from "./close.ts";
import { compose } from "./compose.ts";
import { claimNotices, type ClaimedNotice } from "./notices.ts";
import { claimLinks, showLinks, type ClaimedLink } from "./show-links.ts";
import type { TicketsDeps } from "./types.ts";

export interface PassDeps extends TicketsDeps {
  readonly database: Pick<Database, "claimFor" | "withTenant" | "withPlatform">;
  /** Milliseconds that only grow. */
  readonly monotonicMs: () => number;
  /** A client's part of a pass failed: the others have theirs, and it is tried again. */
  readonly onTrouble: (error: unknown) => void;
  /** Of one query that found nothing due, in milliseconds: longer than 5 and something keeps old rows alive (T22). */
  readonly onIdle?: (ms: number) => void;
  /** Every place between two durable steps. A test stops the process there; everywhere else it is absent. */
  readonly crash?: (step: "claimed" | "composed") => void | Promise<void>;
}

export interface Passed {
  readonly believed: boolean;
  readonly claimed: number;
  readonly told: number;
  readonly closed: number;
}

const AT_ONCE = 200;
/** Of one pass: what is left is the next one's, a second later. */
const ROUNDS = 50;

export function createPass(deps: PassDeps): () => Promise<Passed> {
  let looked: number | null = null;

  async function look(): Promise<boolean> {
    const at = deps.monotonicMs();
    const passed = looked === null ? null : at - looked;
    looked = at;
    return deps.database.withPlatform((tx) => claimClock(tx, passed));
  }

  return async () => {
    const believed = await look();
    const silent: Due[] = [];
    let claimed = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const began = deps.monotonicMs();
      const due = await deps.database.withPlatform((tx) => claimDue(tx, AT_ONCE));
      if (due.length === 0 && round === 0) deps.onIdle?.(deps.monotonicMs() - began);
      claimed += due.length;
      silent.push(...due.filter(({ action }) => action === "close"));
      if (due.length < AT_ONCE) break;
    }
    await deps.crash?.("claimed");
    const told = await tellClaimed(deps);
    await deps.crash?.("composed");
    const closed = await closeAll(deps, silent);
    await showAll(deps);
    return { believed, claimed, told, closed };
  };
}

async function tellClaimed(deps: PassDeps): Promise<number> {
  let told = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const claimed = await deps.database.withPlatform((tx) => claimNotices(tx, AT_ONCE));
    for (const [tenant, notices] of Map.groupBy(claimed, (each: ClaimedNotice) => each.tenant))
      await withClient(deps, tenant, async (claim) => {
        told += await deps.database.withTenant(claim, (tx) => compose(deps, tx, notices));
      });
    if (claimed.length < AT_ONCE) break;
  }
  return told;
}

/** What changed, just now or by anybody, shows on pull requests. */
async function showAll(deps: PassDeps): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const stale = await deps.database.withPlatform((tx) => claimLinks(tx, AT_ONCE));
    for (const [tenant, links] of Map.groupBy(stale, (each: ClaimedLink) => each.tenant))
      await withClient(deps, tenant, async (claim) => {
        await deps.database.withTenant(claim, (tx) => showLinks(deps, tx, links));
      });
    if (stale.length < AT_ONCE) break;
  }
}

async function closeAll(deps: PassDeps, silent: readonly Due[]): Promise<number> {
  let closed = 0;
  for (const { tenant, ticket, epoch } of silent)
    await withClient(deps, tenant, async (claim) => {
      if ((await closeSilent(deps, claim, { ticket, epoch })) === "closed") closed += 1;
    });
  return closed;
}

/** Of a client that is active no more nothing is done; its clocks stand still. */
async function withClient(
  deps: PassDeps,
  tenant: TenantId,
  work: (claim: TenantClaim) => Promise<void>,
): Promise<void> {
  try {
    const claim = await deps.database.claimFor(tenant);
    if (claim !== null) await work(claim);
  } catch (error) {
    deps.onTrouble(error);
  }
}
