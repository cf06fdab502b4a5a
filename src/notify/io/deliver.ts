// What is due, of every client: claimed by one statement, sent without a transaction open, and its receipt written in another. Many are on
// their way at once, of each client's provider a few: whoever answers slowly makes nobody else's notice late.

import { setTimeout as pause } from "node:timers/promises";
import { keptClaims, type InTenant } from "#platform/postgres";
import { limits } from "../limits.ts";
import type { Parcel, Sent } from "../types.ts";
import { begin } from "./begin.ts";
import { claimDue, type Busy, type Claimed, type Lane } from "./claim.ts";
import type { NotifyDeps } from "./deps.ts";
import { end } from "./end.ts";

export interface Delivery {
  /** Everything that is due now, to its end. Gives how many were claimed. */
  drain(): Promise<number>;
  /** From now on, whenever something is due. `news` resolves when somebody has put something into the outbox. Gives what ends it. */
  keep(news: () => Promise<void>): () => Promise<void>;
}

export function createDelivery(deps: NotifyDeps): Delivery {
  const inTenant = keptClaims(deps.database);
  const going = new Map<string, Lane & { readonly going: number }>();
  const under = new Set<Promise<void>>();
  let landed = Promise.withResolvers<void>();

  const busy = (): Busy => ({ room: limits.atOnce - under.size, lanes: [...going.values()] });
  const isFull = ({ room, lanes }: Busy): boolean => room <= 0 || lanes.some((lane) => lane.going >= limits.lane);

  function count({ tenant, channel }: Lane, by: 1 | -1): void {
    const name = `${tenant}/${channel}`;
    const now = (going.get(name)?.going ?? 0) + by;
    if (now === 0) going.delete(name);
    else going.set(name, { tenant, channel, going: now });
  }

  function start(claimed: Claimed): void {
    count(claimed, 1);
    // One that cannot be begun or ended stays held, and is claimed again: it stops no other.
    const flight = one(deps, inTenant, claimed)
      .catch((error: unknown) => deps.onProblem(claimed.key, error))
      .finally(() => {
        under.delete(flight);
        count(claimed, -1);
        const { resolve } = landed;
        landed = Promise.withResolvers();
        resolve();
      });
    under.add(flight);
  }

  async function look(): Promise<{ readonly begun: number; readonly given: number }> {
    const now = busy();
    if (now.room <= 0 || deps.held?.() === true) return NOTHING;
    const { claimed, given } = await deps.database.withPlatform((tx) => claimDue(tx, now));
    await deps.crash?.("claimed");
    for (const each of claimed) start(each);
    return { begun: claimed.length, given };
  }

  return {
    async drain() {
      for (let all = 0; ;) {
        const landing = landed.promise;
        const idle = under.size === 0;
        const { begun, given } = await look();
        all += begun;
        if (given > 0) continue;
        // Whoever landed while we looked has left room for what we did not see.
        if (idle) return all;
        await landing;
      }
    },
    keep(news) {
      const stop = new AbortController();
      const turns = async (): Promise<void> => {
        while (!stop.signal.aborted) {
          // Both are taken before looking: what happens while one looks is not missed.
          const said = news();
          const landing = landed.promise;
          const wasFull = isFull(busy());
          const { given } = await look().catch((error: unknown) => (deps.onProblem("what is due", error), NOTHING));
          if (given > 0) continue;
          const nap = pause(limits.lookMs, undefined, { signal: stop.signal }).catch(() => {});
          await Promise.race(wasFull || isFull(busy()) ? [said, nap, landing] : [said, nap]);
        }
        await Promise.all(under);
      };
      const running = turns();
      return async () => {
        stop.abort();
        await running;
      };
    },
  };
}

const NOTHING = { begun: 0, given: 0 } as const;

async function one(deps: NotifyDeps, inTenant: InTenant, claimed: Claimed): Promise<void> {
  const parcel = await inTenant(claimed.tenant, (tx) => begin(deps, tx, claimed));
  if (parcel === null) return;
  await deps.crash?.("intended");
  const sent = await send(deps, parcel);
  await deps.crash?.("sent");
  await inTenant(claimed.tenant, (tx) => end(deps, tx, claimed, sent));
  await deps.crash?.("received");
}

async function send(deps: NotifyDeps, parcel: Parcel): Promise<Sent> {
  const signal = AbortSignal.timeout(limits.sendMs);
  const { carriers, onProblem } = deps;
  const { to } = parcel;
  try {
    switch (to.kind) {
      case "github":
        return await carriers.github({ ...parcel, to }, signal);
      case "slack":
        return await carriers.slack({ ...parcel, to }, signal);
      case "mail":
        return await carriers.mail({ ...parcel, to }, signal);
      case "webhook":
        return await carriers.webhook({ ...parcel, to }, signal);
    }
  } catch (error) {
    // Whether it arrived is not known: it is looked up before the next try.
    onProblem(parcel.key, error);
    return { kind: "later", why: "The provider could not be asked.", afterMs: null };
  }
}
