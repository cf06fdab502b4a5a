// The default way: rows of the database's queue, each taken by one doer, and by another one when that died with it in hand.

import { setTimeout as pause } from "node:timers/promises";
import sql from "sql-template-tag";
import { z } from "zod";
import { PACKET_CHANNEL } from "#gateway/io";
import type { TenantId } from "#kernel";
import { listenOn, tenantIdColumn, type Database } from "#platform/postgres";
import type { Doer } from "./doer.ts";

export interface Way {
  /** Takes no more, and resolves when what was taken is through. */
  close(): Promise<void>;
}

interface Taken {
  readonly tenant: TenantId;
  readonly id: string;
  readonly sealed: Uint8Array;
}

/** Where nothing is heard, as behind a pooler; and for packets that another doer has left. */
const LOOK_MS = 1_000;
/** A packet whose doer has not consumed it by then is another's to take. Its nonce keeps it from being executed twice. */
const TAKEN_SECONDS = 10;

/**
 * Of a doer's places, one tenant has all but a quarter. INVARIANT (21): whoever runs tests for ten minutes does not let the minute of everybody
 * else's packets go by.
 */
const shareOf = (atOnce: number): number => Math.max(1, atOnce - Math.ceil(atOnce / 4));

const takenRow = z
  .object({ tenant_id: tenantIdColumn, packet_id: z.string(), sealed: z.instanceof(Uint8Array) })
  .transform((row): Taken => ({ tenant: row.tenant_id, id: row.packet_id, sealed: row.sealed }));

/**
 * `passing`: tenants whose packets stay for another doer, or for later. Whose it is does not wait for the disk: where that is forgotten, somebody
 * else takes it, and its nonce keeps it from being executed twice.
 */
export async function takeOne(database: Database, passing: readonly TenantId[] = []): Promise<Taken | null> {
  const [taken] = await database.platformStatement(
    sql`with next as (
        select tenant_id, packet_id from doer.packet
        where (taken_at is null or taken_at < clock_timestamp() - make_interval(secs => ${TAKEN_SECONDS}))
          and tenant_id <> all(${passing}::uuid[])
        order by sent_at limit 1 for update skip locked)
      update doer.packet p set taken_at = clock_timestamp() from next n
      where p.tenant_id = n.tenant_id and p.packet_id = n.packet_id
      returning p.tenant_id, p.packet_id, p.sealed, set_config('synchronous_commit', 'off', true)`,
    takenRow,
  );
  return taken ?? null;
}

export function workQueue({
  database,
  url,
  doer,
  atOnce,
  onFault,
}: {
  readonly database: Database;
  /** The doer's own login, direct. */
  readonly url: string;
  readonly doer: Pick<Doer, "handle">;
  /** Executions of this process. */
  readonly atOnce: number;
  readonly onFault: (error: unknown) => void;
}): Way {
  const stop = new AbortController();
  const under = new Set<Promise<unknown>>();
  const held = new Map<TenantId, number>();
  const share = shareOf(atOnce);
  const listener = listenOn({
    url,
    channel: PACKET_CHANNEL,
    onError: onFault,
  });
  const running = loop();

  async function loop(): Promise<void> {
    while (!stop.signal.aborted) {
      const heard = listener.next();
      const taken = under.size < atOnce ? await takeOne(database, full()).catch(lost) : null;
      if (taken !== null) {
        begin(taken);
        continue;
      }
      const nap = pause(LOOK_MS, undefined, { signal: stop.signal }).catch(() => {});
      await Promise.race([under.size < atOnce ? heard : nap, nap, ...under]);
    }
  }

  function full(): readonly TenantId[] {
    return [...held].flatMap(([tenant, places]) => (places < share ? [] : [tenant]));
  }

  function begin({ tenant, id, sealed }: Taken): void {
    held.set(tenant, (held.get(tenant) ?? 0) + 1);
    const handled = doer
      .handle({
        tenant,
        sealed,
        settle: async (tx) => {
          tx.later(sql`delete from doer.packet where tenant_id = ${tenant} and packet_id = ${id}`);
        },
      })
      .catch(onFault)
      .finally(() => {
        under.delete(handled);
        const left = (held.get(tenant) ?? 1) - 1;
        if (left === 0) held.delete(tenant);
        else held.set(tenant, left);
      });
    under.add(handled);
  }

  function lost(error: unknown): null {
    onFault(error);
    return null;
  }

  return {
    async close() {
      stop.abort();
      await running;
      await listener.close();
      await Promise.all(under);
    },
  };
}
