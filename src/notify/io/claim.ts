// What is due, of every client, by one statement: as much of it as can be begun at once.

import sql from "sql-template-tag";
import { z } from "zod";
import type { TenantId } from "#kernel";
import { tenantIdColumn, type PlatformTx } from "#platform/postgres";
import { limits, PACES } from "../limits.ts";
import { CHANNELS, type Channel } from "../types.ts";

/** One client's notices at one provider: a provider that answers slowly holds up this, and nothing else. */
export interface Lane {
  readonly tenant: TenantId;
  readonly channel: Channel;
}

export interface Claimed extends Lane {
  readonly key: string;
  readonly hold: string;
}

export interface Busy {
  /** How many more can be begun now. */
  readonly room: number;
  readonly lanes: readonly (Lane & { readonly going: number })[];
}

const claimedRow = z.object({
  tenant_id: tenantIdColumn,
  key: z.string(),
  channel: z.enum(CHANNELS),
  hold: z.string().nullable(),
});

/** `given`: how many have a turn now that had none, or are ours. 0, and there is nothing more to do now. */
export async function claimDue(
  tx: PlatformTx,
  { room, lanes }: Busy,
): Promise<{ readonly claimed: readonly Claimed[]; readonly given: number }> {
  const rows = await tx.many(
    sql`select * from notify.claim_due(${limits.claim}, ${limits.holdMs} * interval '1 millisecond', ${[...CHANNELS]}::notify.channel[],
      ${CHANNELS.map((channel) => `${PACES[channel].everyMs} milliseconds`)}::interval[], ${CHANNELS.map((channel) => PACES[channel].burst)}::integer[],
      ${room}, ${limits.lane}, ${lanes.map(({ tenant }) => tenant)}::uuid[], ${lanes.map(({ channel }) => channel)}::notify.channel[],
      ${lanes.map(({ going }) => going)}::integer[])`,
    claimedRow,
  );
  const claimed = rows.flatMap(({ tenant_id: tenant, key, channel, hold }) =>
    hold === null ? [] : [{ tenant, key, channel, hold }],
  );
  return { claimed, given: rows.length };
}
