// One pass of the timers, of every client: the clock is looked at, what is due is claimed, notices become words, silence is looked into.
// Any number of processes do this at once.

import { atMost, type TenantId } from "#kernel";
import { keptClaims, type Database, type PlatformTx } from "#platform/postgres";
import { claimClock, claimDue, type Due } from "./claim.ts";
import { closeSilent } from "./close.ts";
import { compose } from "./compose.ts";
import { claimNotices } from "./notices.ts";
import { claimLinks, showLink } from "./show-links.ts";
import type { TicketsDeps } from "./types.ts";

export interface PassDeps extends TicketsDeps {
  readonly database: Pick<Database, "claimFor" | "withTenant" | "atOnce" | "withPlatform">;
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
  /** Beside the passes: channels that answer slowly make no notice late. Gives how many were closed. */
  readonly closing: Promise<number>;
}

const AT_ONCE = 200;
/** Of one pass: what is left is the next one's, a second later. */
const ROUNDS = 50;
/** Clients whose part of a pass goes on at the same moment, and silences that are looked into. */
const CLIENTS = 4;
const SILENCES = 4;
/** Silences that wait to be looked into. The others are due again in five minutes, and lose nothing by it. */
const SILENT = 400;

export function createPass(deps: PassDeps): () => Promise<Passed> {
  const inTenant = keptClaims(deps.database);
  const oneClient = atMost(CLIENTS);
  const oneSilence = atMost(SILENCES);
  let silences = 0;
  let looked: number | null = null;

  async function look(): Promise<boolean> {
    const at = deps.monotonicMs();
    const passed = looked === null ? null : at - looked;
    looked = at;
    return deps.database.withPlatform((tx) => claimClock(tx, passed));
  }

  /** Of each client at once. Of one that is active no more nothing is done; its clocks stand still. */
  async function forEachClient<Each extends { readonly tenant: TenantId }>(
    claim: (tx: PlatformTx, most: number) => Promise<readonly Each[]>,
    work: (tenant: TenantId, of: readonly Each[]) => Promise<void>,
  ): Promise<void> {
    for (let round = 0; round < ROUNDS; round++) {
      const claimed = await deps.database.withPlatform((tx) => claim(tx, AT_ONCE));
      const clients = [...Map.groupBy(claimed, ({ tenant }) => tenant)];
      await Promise.all(clients.map(([tenant, all]) => oneClient(() => work(tenant, all)).catch(deps.onTrouble)));
      if (claimed.length < AT_ONCE) return;
    }
  }

  async function close({ tenant, ticket, epoch }: Due): Promise<boolean> {
    try {
      const claim = await deps.database.claimFor(tenant);
      return claim !== null && (await closeSilent(deps, claim, { ticket, epoch })) === "closed";
    } catch (error) {
      deps.onTrouble(error);
      return false;
    } finally {
      silences -= 1;
    }
  }

  async function closeAll(silent: readonly Due[]): Promise<number> {
    const taken = silent.slice(0, Math.max(SILENT - silences, 0));
    silences += taken.length;
    const closed = await Promise.all(taken.map((due) => oneSilence(() => close(due))));
    return closed.filter(Boolean).length;
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
    let told = 0;
    await forEachClient(claimNotices, async (tenant, notices) => {
      const here = await inTenant(tenant, (tx) => compose(deps, tx, notices));
      told += here ?? 0;
    });
    await deps.crash?.("composed");
    const closing = closeAll(silent);
    // What changed, just now or by anybody, shows on pull requests.
    await forEachClient(claimLinks, async (tenant, links) => {
      // Each by itself: whoever moves many tickets takes their links in any order, and waits for none that waits for it.
      for (const link of links) await inTenant(tenant, (tx) => showLink(deps, tx, link));
    });
    return { believed, claimed, told, closing };
  };
}
