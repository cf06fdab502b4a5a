import { runner } from "node-pg-migrate";
import pg from "pg";
import { Fault } from "#kernel";
import { claimKeyBytes, paddedBlocks } from "./claim.ts";
import { databaseFault, isNotLetIn } from "./fault.ts";
import { listenForErrors } from "./pool.ts";
import { armGuards, BREAK_GLASS, expectGuards, guardsBefore, takeBackGuards } from "./guards.ts";
import { installQueue } from "./queue-schema.ts";
import { ensureLogin, ensureRoles, grantDatabase } from "./roles.ts";
import {
  appRole,
  brokerRole,
  doerRole,
  migrationsDir,
  ownerRole,
  refuseNewer,
  roleNames,
  serviceRoles,
} from "./schema.ts";

const OLDEST_SERVER = 150_000;
const MONTHS_AHEAD = 12;

export interface MigrateOptions {
  /** An administrator of the database: may create roles and schemas. Need not be a superuser. */
  readonly adminUrl: string;
  /** The app's login, created or brought up to date. Left out where somebody else keeps the logins. */
  readonly appUrl?: string;
  /** The logins of those who see every tenant's hashes, likewise; each a user of its own. */
  readonly sequencerUrl?: string;
  readonly verifierUrl?: string;
  readonly auditorUrl?: string;
  /** The lease broker's login: sees one tenant at a time, as the app, and of the app's tables the log alone. */
  readonly brokerUrl?: string;
  /** The doer's login, likewise: the queue, nonces, outcomes, the log, and the public halves of keys. */
  readonly doerUrl?: string;
  readonly claimKey: string;
  /** One line for a person, as it happens. */
  readonly onProgress?: (line: string) => void;
}

/** Brings a database to this program's version; run again, it changes nothing. Returns the names of what was applied. */
export async function migrate(options: MigrateOptions): Promise<readonly string[]> {
  const say = options.onProgress ?? (() => {});
  const key = claimKeyBytes(options.claimKey);
  const admin = new pg.Client({ connectionString: options.adminUrl, application_name: "countersign migrate" });
  admin.on("error", () => {});
  try {
    await admin.connect();
    await admin.query("select set_config($1, 'migrate', false)", [BREAK_GLASS]);
    await checkServer(admin);
    await checkOurs(admin);
    say("Checking database roles");
    await ensureRoles(admin);
    await ensureLogins(admin, options);
    const database = (await admin.query<{ name: string }>("select current_database() as name")).rows[0]?.name ?? "";
    await grantDatabase(admin, database);
    const applied = await asOwner(options.adminUrl, async (owner) => {
      await checkNotNewer(owner);
      const before = await guardsBefore(owner);
      await takeBackGuards(admin, owner);
      const names = await runMigrations(owner, say);
      await storeClaimKey(owner, key);
      await owner.query(`call audit.make_partitions(${MONTHS_AHEAD})`);
      await installQueue(owner);
      await armGuards(admin, say);
      await expectGuards(owner, before, names, say);
      return names;
    });
    say(applied.length === 0 ? "Database schema is up to date" : `Applied ${applied.length} migration(s)`);
    return applied;
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw error instanceof pg.DatabaseError || (error instanceof Error && "code" in error)
      ? migrationFault(error)
      : error;
  } finally {
    await admin.end().catch(() => {});
  }
}

async function ensureLogins(admin: pg.ClientBase, options: MigrateOptions): Promise<void> {
  if (options.appUrl !== undefined) await ensureLogin(admin, "app", appRole, options.appUrl);
  if (options.brokerUrl !== undefined) await ensureLogin(admin, "lease broker", brokerRole, options.brokerUrl);
  if (options.doerUrl !== undefined) await ensureLogin(admin, "doer", doerRole, options.doerUrl);
  const { sequencerUrl: sequencer, verifierUrl: verifier, auditorUrl: auditor } = options;
  const urls = { sequencer, verifier, auditor };
  for (const role of serviceRoles) {
    const url = urls[role];
    if (url !== undefined) await ensureLogin(admin, role, roleNames[role], url);
  }
}

/** A migration's own error text is what the operator needs; no tenant's row is in it. */
function migrationFault(error: Error): Fault {
  const fault = databaseFault(error);
  return error instanceof pg.DatabaseError && !isNotLetIn(fault)
    ? new Fault(fault.code, `The migration failed: ${error.message}`, { cause: error })
    : fault;
}

async function checkServer(admin: pg.ClientBase): Promise<void> {
  const { rows } = await admin.query<{ version: number; called: string; encoding: string }>(
    "select current_setting('server_version_num')::int as version, current_setting('server_version') as called, current_setting('server_encoding') as encoding",
  );
  const server = rows[0];
  if (server === undefined || server.version < OLDEST_SERVER)
    throw new Fault(
      "config_invalid",
      `Countersign needs PostgreSQL 15 or later, and this server is ${server?.called ?? "of no known version"}. Upgrade it, or give DATABASE_ADMIN_URL another one. Nothing was changed.`,
    );
  if (server.encoding !== "UTF8")
    throw new Fault("config_invalid", `The database's encoding is ${server.encoding}. Create one with encoding UTF8.`);
}

/** A slip in the database's name must not put our schemas and roles among another program's tables. */
async function checkOurs(admin: pg.ClientBase): Promise<void> {
  const { rows } = await admin.query<{ name: string; theirs: string | null }>(
    `select current_database() as name, (select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p') and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
        and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
      order by c.oid limit 1) as theirs where to_regclass('platform.migration') is null`,
  );
  const found = rows[0];
  if (typeof found?.theirs !== "string") return;
  throw new Fault(
    "config_invalid",
    `The database ${found.name} is another program's: there is ${found.theirs}, and nothing of Countersign's. Create an empty one, and name it in DATABASE_ADMIN_URL and the others. Nothing was changed.`,
  );
}

async function checkNotNewer(owner: pg.Pool): Promise<void> {
  const { rows } = await owner.query<{ there: boolean }>(
    "select to_regclass('platform.migration') is not null as there",
  );
  if (rows[0]?.there !== true) return;
  const applied = await owner.query<{ name: string }>("select name from platform.migration");
  refuseNewer(applied.rows.map(({ name }) => name));
}

async function asOwner<T>(adminUrl: string, fn: (owner: pg.Pool) => Promise<T>): Promise<T> {
  // Everything made from here on belongs to the owner's role, not to whoever happened to run the migration.
  const pool = new pg.Pool({
    connectionString: adminUrl,
    max: 2,
    options: `-c role=${ownerRole} -c ${BREAK_GLASS}=migrate`,
  });
  listenForErrors(pool, () => {});
  try {
    return await fn(pool);
  } finally {
    await pool.end();
  }
}

async function runMigrations(owner: pg.Pool, say: (line: string) => void): Promise<readonly string[]> {
  const dbClient = await owner.connect();
  try {
    const applied = await runner({
      dbClient,
      dir: migrationsDir,
      direction: "up",
      migrationsSchema: "platform",
      migrationsTable: "migration",
      createMigrationsSchema: true,
      checkOrder: true,
      singleTransaction: true,
      advisoryLockMode: "wait",
      logger: { debug: () => {}, info: () => {}, warn: say, error: () => {} },
    });
    return applied.map((migration) => migration.name);
  } finally {
    dbClient.release();
  }
}

async function storeClaimKey(owner: pg.Pool, key: Buffer): Promise<void> {
  const { ipad, opad } = paddedBlocks(key);
  await owner.query(
    `insert into keyring.claim_key as k (id, ipad, opad) values (1, $1, $2)
     on conflict (id) do update set ipad = excluded.ipad, opad = excluded.opad where k.ipad <> excluded.ipad`,
    [ipad, opad],
  );
}
