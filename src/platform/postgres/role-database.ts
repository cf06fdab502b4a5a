import type pg from "pg";
import sql from "sql-template-tag";
import { z } from "zod";
import { checkRoleConnection } from "./boot.ts";
import { roleTx } from "./capability.ts";
import { databaseFault } from "./fault.ts";
import { openPool } from "./pool.ts";
import { roleNames } from "./schema.ts";
import { lineOn } from "./line.ts";
import { statementsOn } from "./statements.ts";
import { defaultTimeouts, inTransaction, settingsForRole, type Timeouts } from "./transaction.ts";
import type { Hold, RoleDatabase, ServiceRole } from "./types.ts";

export interface RoleDatabaseOptions<Role extends ServiceRole> {
  /** The role's own login; any other is refused. */
  readonly url: string;
  readonly role: Role;
  readonly maxConnections?: number;
  readonly timeouts?: Timeouts;
  readonly onIdleError?: (error: Error) => void;
}

/** Opens no connection yet. Every new connection is checked before a caller's statement runs on it. */
export function createRoleDatabase<Role extends ServiceRole>(options: RoleDatabaseOptions<Role>): RoleDatabase<Role> {
  const { role } = options;
  const timeouts = options.timeouts ?? defaultTimeouts;
  // INVARIANT: the pool never leaves this function: whoever has a RoleTx has this role's rights and no others.
  const pool = openPool({
    url: options.url,
    max: options.maxConnections ?? 4,
    onError: options.onIdleError ?? (() => {}),
  });
  const checked = new WeakSet<pg.PoolClient>();

  async function connect(): Promise<pg.PoolClient> {
    let client: pg.PoolClient;
    try {
      client = await pool.connect();
    } catch (error) {
      throw databaseFault(error);
    }
    if (checked.has(client)) return client;
    try {
      await checkRoleConnection(statementsOn(lineOn(client)), role);
      checked.add(client);
      return client;
    } catch (error) {
      client.release(true);
      throw error;
    }
  }

  return {
    async transaction(fn) {
      const client = await connect();
      const place = { client, release: (discard: boolean) => client.release(discard) };
      return inTransaction(place, settingsForRole(roleNames[role], timeouts), (line) =>
        fn({ ...statementsOn(line), [roleTx]: role }),
      );
    },
    async hold(name) {
      const client = await connect();
      try {
        const { taken } = await statementsOn(lineOn(client)).one(
          sql`select pg_try_advisory_lock(hashtextextended(${name}, 0)) as taken`,
          z.object({ taken: z.boolean() }),
        );
        if (taken) return heldOn(client);
        client.release();
        return null;
      } catch (error) {
        client.release(true);
        throw error;
      }
    },
    close: () => pool.end(),
  };
}

function heldOn(client: pg.PoolClient): Hold {
  let held = true;
  const letGo = (): void => {
    if (held) client.release(true);
    held = false;
  };
  const lost = new Promise<void>((resolve) => {
    client.once("end", resolve);
    client.once("error", () => resolve());
  });
  // A broken connection is given back, too: the pool waits for every one of its own at its end.
  void lost.then(letGo);
  return {
    lost,
    async release() {
      // Closing the session is what gives the name back for certain.
      letGo();
      await lost;
    },
  };
}
