import { z } from "zod";
import type { ClientServer } from "./server.ts";
import type { ShopWorld } from "./world.ts";

const counted = z.tuple([z.object({ n: z.coerce.number() })]);
const TABLES = "customers, orders, items, events, notes, parts";
/** Statements of every session since the server started. */
const COUNTERS =
  "'Com_insert', 'Com_update', 'Com_delete', 'Com_replace', 'Com_create_table', 'Com_drop_table', 'Com_truncate', 'Com_alter_table', 'Com_load', 'Com_commit', 'Com_lock_tables', 'Com_set_role'";

export interface Probed {
  readonly sessions: number;
  readonly transactions: number;
  readonly tables: unknown;
  readonly variables: unknown;
  readonly statements: unknown;
  readonly files: readonly string[];
}

/** What a query could leave behind in the server: nothing of it may differ before and after. */
export async function probe(t: ClientServer, world: ShopWorld): Promise<Probed> {
  const count = async (text: string): Promise<number> => counted.parse(await t.sql(text))[0].n;
  // A session that was told to end may take a moment to be gone.
  for (let tries = 0; ; tries++) {
    const sessions = await count(
      `select count(*) as n from information_schema.processlist where user = '${world.user}'`,
    );
    if (sessions > 0 && tries < 500) continue;
    return {
      sessions,
      transactions: await count("select count(*) as n from information_schema.innodb_trx"),
      tables: await t.sql(`checksum table ${TABLES}`),
      variables: await t.sql(
        "show global variables where variable_name not in ('timestamp', 'gtid_binlog_pos', 'gtid_current_pos')",
      ),
      statements: await t.sql(`show global status where variable_name in (${COUNTERS})`),
      files: t.files(),
    };
  }
}
