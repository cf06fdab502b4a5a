// Time in a trace: one clock that only grows, and a wall clock that is set by anybody at any moment. PostgreSQL's own cannot be set for one
// test, so that whatever has been written down moves the other way.

import { z } from "zod";
import type { LeaseTime } from "../../support/leases.ts";
import type { TestDatabase } from "../../support/database.ts";

export interface Clock {
  monotonic(): number;
  /** How far the wall clock is ahead of PostgreSQL's. */
  ahead(): number;
  pass(ms: number): Promise<void>;
  /** Backwards too: nothing but the wall clock moves. */
  set(byMs: number): Promise<void>;
}

const columnRow = z.object({ name: z.string(), columns: z.array(z.string()), triggers: z.array(z.string()) });

/** Every instant in these rooms' tables, from the catalog. What guards a row against the server's login lets this file past it. */
async function instants(t: TestDatabase): Promise<readonly z.infer<typeof columnRow>[]> {
  const tables = z.array(columnRow).parse(
    await t.adminSql(`select c.oid::regclass::text as name,
        array_agg(a.attname::text) as columns,
        array(select g.tgname::text from pg_trigger g where g.tgrelid = c.oid and g.tgenabled = 'A' and not g.tgisinternal) as triggers
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      join pg_attribute a on a.attrelid = c.oid and a.atttypid = 'timestamptz'::regtype and not a.attisdropped
      where n.nspname in ('gateway', 'doer', 'approvals', 'controls') and c.relkind = 'r'
        and exists (select from pg_attribute w where w.attrelid = c.oid and w.attname = 'tenant_id')
      group by c.oid`),
  );
  for (const { name, triggers } of tables)
    for (const each of triggers) await t.adminSql(`alter table ${name} enable trigger ${each}`);
  return tables;
}

/** `tenants`: whose rows there are in this trace. */
export async function openClock(t: TestDatabase, time: LeaseTime): Promise<(tenants: readonly string[]) => Clock> {
  const tables = await instants(t);
  return (tenants) => {
    let ahead = 0;
    const whose = tenants.map((tenant) => `'${tenant}'`).join(", ");
    async function shift(ms: number): Promise<void> {
      ahead += ms;
      const moved = tables.map(({ name, columns }) => {
        const set = columns.map((each) => `${each} = ${each} - interval '${ms} milliseconds'`);
        return `update ${name} set ${set.join(", ")} where tenant_id in (${whose});`;
      });
      await t.adminSql(`begin; set local session_replication_role = replica; ${moved.join("\n")} commit`);
    }
    return {
      monotonic: () => time.monotonic(),
      ahead: () => ahead,
      async pass(ms) {
        time.advance(ms);
        await shift(ms);
      },
      async set(byMs) {
        time.setWall(byMs);
        await shift(byMs);
      },
    };
  };
}
