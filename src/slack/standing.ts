// inbox.slack_standing: when Slack was last heard for a client, and since when what comes to its address is refused.

import sql from "sql-template-tag";
import { z } from "zod";
import type { Instant } from "#kernel";
import { instantColumn, type TenantTx } from "#platform/postgres";
import { LIMITS } from "./limits.ts";

const REFUSED = ["signature", "no_secret", "workspace"] as const;
export type RefusedFor = (typeof REFUSED)[number];

export interface SlackStanding {
  readonly connectedAt: Instant;
  /** null: never. */
  readonly heardAt: Instant | null;
  readonly refused: { readonly since: Instant; readonly why: RefusedFor } | null;
}

const row = z.object({
  connected_at: instantColumn,
  heard_at: instantColumn.nullable(),
  refused_since: instantColumn.nullable(),
  why: z.enum(REFUSED).nullable(),
});

/** null: no workspace is connected. */
export async function slackStanding(tx: TenantTx): Promise<SlackStanding | null> {
  const found = await tx.maybe(
    sql`select w.connected_at, s.heard_at, s.refused_since, s.why from inbox.slack_workspace w
      left join inbox.slack_standing s on s.tenant_id = w.tenant_id where w.tenant_id = ${tx.tenantId}`,
    row,
  );
  if (found === null) return null;
  const { connected_at: connectedAt, heard_at: heardAt, refused_since: since, why } = found;
  return { connectedAt, heardAt, refused: since === null || why === null ? null : { since, why } };
}

/** INVARIANT: at most one write a minute for each client and kind, however many requests come. */
export function createStandingNotes(clock: () => number) {
  const noted = new Map<string, number>();
  return async (tx: TenantTx, refused: RefusedFor | null): Promise<void> => {
    const turn = `${tx.tenantId}/${refused === null}`;
    if (clock() - (noted.get(turn) ?? -Infinity) < LIMITS.noteEveryMs) return;
    noted.set(turn, clock());
    // What is taken ends what was refused before it, and the next refusal is noted at once.
    noted.delete(`${tx.tenantId}/${refused !== null}`);
    await (refused === null
      ? tx.run(sql`insert into inbox.slack_standing (tenant_id, heard_at) values (${tx.tenantId}, now())
          on conflict (tenant_id) do update set heard_at = now(), refused_since = null, why = null`)
      : tx.run(sql`insert into inbox.slack_standing (tenant_id, refused_since, why) values (${tx.tenantId}, now(), ${refused})
          on conflict (tenant_id) do update
          set refused_since = coalesce(inbox.slack_standing.refused_since, now()), why = excluded.why`));
  };
}
