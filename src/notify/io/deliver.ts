// What is due, of every client: claimed by one statement, sent without a transaction open, and its receipt written in another.

import sql from "sql-template-tag";
import { z } from "zod";
import { keptClaims, tenantIdColumn, type InTenant, type PlatformTx } from "#platform/postgres";
import { limits, PACES } from "../limits.ts";
import { CHANNELS, type Parcel, type Sent } from "../types.ts";
import { begin, type Claimed } from "./begin.ts";
import type { NotifyDeps } from "./deps.ts";
import { end } from "./end.ts";

const claimedRow = z
  .object({ tenant_id: tenantIdColumn, key: z.string(), hold: z.string() })
  .transform((row): Claimed => ({ tenant: row.tenant_id, key: row.key, hold: row.hold }));

/** At most so many are looked at; what has its turn now is answered, each to one who asks. */
export const claimDue = (tx: PlatformTx, most: number = limits.claim): Promise<readonly Claimed[]> =>
  tx.many(
    sql`select * from notify.claim_due(${most}, ${limits.holdMs} * interval '1 millisecond', ${[...CHANNELS]}::notify.channel[],
      ${CHANNELS.map((channel) => `${PACES[channel].everyMs} milliseconds`)}::interval[], ${CHANNELS.map((channel) => PACES[channel].burst)}::integer[])`,
    claimedRow,
  );

/** Gives how many were claimed: 0, and nothing is due now. */
export function createDelivery(deps: NotifyDeps): () => Promise<number> {
  const inTenant = keptClaims(deps.database);
  return async () => {
    const claimed = await deps.database.withPlatform((tx) => claimDue(tx));
    await deps.crash?.("claimed");
    const left = [...claimed];
    const work = async (): Promise<void> => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) {
        const { key } = next;
        // One that cannot be begun or ended stays held, and is claimed again: it stops no other.
        await one(deps, inTenant, next).catch((error: unknown) => deps.onProblem(key, error));
      }
    };
    await Promise.all(Array.from({ length: limits.atOnce }, work));
    return claimed.length;
  };
}

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
