// All of one tenant's world, place by place, so that a test can say that somebody else's act changed none of it:
//
//   const before = await worldOf(t, globex, { clientsDir, github: world });
//   ... acme leaves ...
//   expect(await worldOf(t, globex, { clientsDir, github: world })).toEqual(before);
//
// `furnish` first, or an empty table is compared with an empty table: it puts a row of the tenant into every table that has tenants' rows.

import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { z } from "zod";
import type { World } from "#demo/world";
import type { TestDatabase, TestTenant } from "./database.ts";

export interface Places {
  /** CLIENTS_DIR; none: no files outside the keys are compared. */
  readonly clientsDir?: string;
  /** The local GitHub, where the test has one. */
  readonly github?: World;
  /** Tables that move by themselves, whatever anybody else does: `audit.head_at` while epochs are made. Each needs its reason at the caller. */
  readonly except?: readonly string[];
}

/** A line for each place that holds anything of the tenant: what is there, and a hash over it to the byte. */
export type TenantWorld = Readonly<Record<string, string>>;

const sum = (what: string | Uint8Array): string => createHash("sha256").update(what).digest("hex").slice(0, 32);
const nameRow = z.object({ name: z.string() });

const isTenantTable = `exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped)`;
const ours = `join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and not c.relispartition and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`;

/** From the catalog, never from a list: a table that is made tomorrow is there tomorrow. `schema.table`, in order. */
export const tenantTables = async (t: TestDatabase): Promise<readonly string[]> =>
  z
    .array(nameRow)
    .parse(
      await t.adminSql(`select c.oid::regclass::text as name from pg_class c ${ours} and ${isTenantTable} order by 1`),
    )
    .map(({ name }) => name);

export async function worldOf(t: TestDatabase, tenant: TestTenant, places: Places = {}): Promise<TenantWorld> {
  return {
    ...(await rowsOf(t, tenant, places.except ?? [])),
    ...filesUnder("keys", t.keysDir, (name) => name.startsWith(tenant.id)),
    ...(places.clientsDir === undefined ? {} : filesUnder("files", join(places.clientsDir, tenant.prefix))),
    ...(places.github === undefined ? {} : githubOf(places.github, tenant)),
  };
}

const counted = z.object({ rows: z.number(), sum: z.string().nullable() });

/** Its own rows, and those of everybody's tables that name it: its registry entry, its jobs. */
async function rowsOf(t: TestDatabase, { id, prefix }: TestTenant, except: readonly string[]): Promise<TenantWorld> {
  const own = await tenantTables(t);
  const shared = z
    .array(nameRow)
    .parse(
      await t.adminSql(
        `select c.oid::regclass::text as name from pg_class c ${ours} and not ${isTenantTable} order by 1`,
      ),
    );
  const found: Record<string, string> = {};
  const look = async (name: string, where: string, value: string): Promise<void> => {
    if (except.includes(name)) return;
    const { rows, sum: over } = counted.parse(
      (
        await t.adminSql(
          `select count(*)::int as rows, encode(sha256(convert_to(string_agg(x::text, E'\\n' order by x::text), 'UTF8')), 'hex') as sum
             from ${name} x where ${where}`,
          [value],
        )
      )[0],
    );
    if (rows > 0) found[`rows ${name}`] = `${rows} ${over}`;
  };
  for (const name of own) await look(name, "tenant_id = $1", id);
  for (const { name } of shared) await look(name, "strpos(x::text, $1) > 0", id);
  await look("platform.tenant", "prefix = $1", prefix);
  return found;
}

function filesUnder(what: string, folder: string, wanted: (name: string) => boolean = () => true): TenantWorld {
  const found: Record<string, string> = {};
  const names = lstatSync(folder, { throwIfNoEntry: false })?.isDirectory()
    ? readdirSync(folder, { recursive: true, encoding: "utf8" })
    : [];
  for (const name of names.filter(wanted)) {
    const path = join(folder, name);
    const at = lstatSync(path);
    const holds = at.isFile() ? sum(readFileSync(path)) : at.isSymbolicLink() ? readlinkSync(path) : "";
    found[`${what} ${name}`] = `${at.mode.toString(8)} ${holds}`;
  }
  return found;
}

/** The installation with its live tokens, and every repository of its account with all that is in it. */
function githubOf(world: World, { installation }: TestTenant): TenantWorld {
  const text = (value: unknown): string =>
    inspect(value, { depth: Infinity, maxArrayLength: null, maxStringLength: null, sorted: true });
  const found = world.installations.get(installation);
  if (found === undefined) return {};
  const tokens = [...world.tokens.values()].filter(({ installationId }) => installationId === installation);
  const repositories = [...world.repositories.values()].filter(({ ownerId }) => ownerId === found.accountId);
  return Object.fromEntries([
    [`github installation ${installation}`, sum(text(found))],
    [`github tokens of ${installation}`, `${tokens.length} ${sum(text(tokens))}`],
    ...repositories.map((each) => [`github repository ${each.id}`, sum(text(each))]),
  ]);
}

const columnRow = z.object({
  name: z.string(),
  type: z.string(),
  label: z.string().nullable(),
});

/** A value of the type that is another one for each `seed`; null: no such type was thought of. */
function valueOf(type: string, seed: number, label: string | undefined): unknown {
  const hex = sum(`${seed}`);
  if (label !== undefined) return label;
  if (type.endsWith("[]")) return "{}";
  if (/^(?:smallint|integer|bigint|numeric|double precision|real)/.test(type)) return seed;
  if (/^(?:text|character|name|xid)/.test(type)) return type === "xid8" ? String(seed) : `furnished ${seed}`;
  if (/^(?:timestamp|date)/.test(type)) return new Date(Date.UTC(2026, 0, 1) + seed * 1_000).toISOString();
  switch (type) {
    case "uuid":
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7000-8000-${hex.slice(12, 24)}`;
    case "bytea":
      return Buffer.from(hex, "hex");
    case "boolean":
      return false;
    case "interval":
      return "1 day";
    case "json":
    case "jsonb":
      return "{}";
    default:
      return null;
  }
}

/**
 * A row of the tenant in every table that holds tenants' rows, also in those that are made tomorrow. Past every check, trigger and
 * foreign key: what the rows say means nothing, and only whose they are does. Not for a database in which the log is verified afterwards.
 */
export async function furnish(
  t: TestDatabase,
  tenant: TestTenant,
  seed: number,
  wanted: (table: string) => boolean = () => true,
): Promise<void> {
  for (const table of (await tenantTables(t)).filter(wanted)) {
    const there = await t.adminSql(`select from ${table} where tenant_id = $1 limit 1`, [tenant.id]);
    if (there.length === 0) await put(t, table, tenant, seed);
  }
}

async function put(t: TestDatabase, table: string, tenant: TestTenant, seed: number): Promise<void> {
  const checks = z.array(nameRow).parse(
    await t.adminSql(
      `select quote_ident(conname) as name from pg_constraint
       where conrelid = $1::regclass and contype = 'c' and coninhcount = 0`,
      [table],
    ),
  );
  for (const { name } of checks) await t.adminSql(`alter table ${table} drop constraint ${name}`);
  const columns = z.array(columnRow).parse(
    await t.adminSql(
      `select quote_ident(a.attname) as name, format_type(coalesce(nullif(y.typbasetype, 0), a.atttypid), -1) as type,
         (select e.enumlabel from pg_enum e where e.enumtypid = a.atttypid order by e.enumsortorder limit 1) as label
       from pg_attribute a join pg_type y on y.oid = a.atttypid left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
       where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' and a.attidentity <> 'a'
         and a.attname <> 'tenant_id' and a.attnotnull
         -- A default that asks for the claim has none to ask for here.
         and (not a.atthasdef or pg_get_expr(d.adbin, d.adrelid) ~ 'identity.tenant_epoch')`,
      [table],
    ),
  );
  const values: unknown[] = columns.map(({ name, type, label }, at) => {
    const value = valueOf(type, seed * 1_000 + at, label ?? undefined);
    if (value === null) throw new Error(`${table}.${name} is of type ${type}: teach test/support/tenant-world.ts one`);
    return value;
  });
  const names = ["tenant_id", ...columns.map(({ name }) => name)];
  const holes = names.map((_, at) => `$${at + 1}`);
  await pastTriggers(t, table, async () => {
    await t.adminSql(`insert into ${table} (${names.join(", ")}) values (${holes.join(", ")})`, [tenant.id, ...values]);
  });
}

/** With the table's triggers off, those that keep foreign keys too. Afterwards each is as it was. */
export async function pastTriggers(t: TestDatabase, table: string, work: () => Promise<void>): Promise<void> {
  const always = z
    .array(nameRow)
    .parse(
      await t.adminSql(
        "select quote_ident(tgname) as name from pg_trigger where tgrelid = $1::regclass and not tgisinternal and tgenabled = 'A'",
        [table],
      ),
    );
  await t.adminSql(`alter table ${table} disable trigger all`);
  try {
    await work();
  } finally {
    await t.adminSql(`alter table ${table} enable trigger all`);
    for (const { name } of always) await t.adminSql(`alter table ${table} enable always trigger ${name}`);
  }
}
