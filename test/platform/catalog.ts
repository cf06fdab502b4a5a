// The rules of docs on tenancy, asked of PostgreSQL's own catalog: what a migration forgot shows here, whoever wrote it.
import { z } from "zod";
import { WITHOUT_TENANT as REVIEWED_WITHOUT_TENANT } from "#tenants";

export type Query = (text: string, values?: readonly unknown[]) => Promise<readonly Record<string, unknown>[]>;

/** Views that are not security_invoker, each with the reason. */
const REVIEWED_VIEWS: Readonly<Record<string, string>> = {
  "graphile_worker.jobs": "a library's view of tables without a tenant's rows",
};

/** Policies beside the tenant's, each for one role, with the reason. `table policy role` */
const REVIEWED_POLICIES: Readonly<Record<string, string>> = {
  "audit.entry sequencer_reads countersign_sequencer":
    "orders every tenant's entries, by hash columns it has a grant on",
  ...Object.fromEntries(
    ["entry", "body", "search"].map((table) => [
      `audit.${table} tenant_batch countersign_app`,
      "INSERT alone, into the logs whose signed claims the batch carries",
    ]),
  ),
  "leases.lease broker_works countersign_broker":
    "ends the leases of every client, also of one whose claims are dead; its connections are the broker process's alone",
  "leases.lease operator_reads countersign_operator": "SELECT alone: which leases are open, suspended clients' too",
  "doer.packet doer_works countersign_doer": "takes every client's packets from the queue; they are sealed",
  "doer.execution doer_sees countersign_doer":
    "SELECT alone: which executions of any client were left behind by a doer that died; no result opens without the client's claim",
  "tickets.ticket scheduler countersign_scheduler": "claims what is due, of every client: ids and instants alone",
  "tickets.notice scheduler countersign_scheduler": "puts what it has claimed into the outbox",
  "tickets.link scheduler countersign_scheduler":
    "claims what its pull request says of a ticket that has changed: ids and instants alone",
  "notify.notice scheduler countersign_scheduler": "claims what is due, of every client: keys and instants alone",
  "notify.pace scheduler countersign_scheduler": "gives every client's notices their turn: instants alone",
  "audit.leaf sequencer_works countersign_sequencer": "gives every tenant's entries their place",
  "audit.tile sequencer_works countersign_sequencer": "builds every tenant's tree",
  "audit.partial_tile sequencer_works countersign_sequencer": "builds every tenant's tree",
  "audit.head sequencer_works countersign_sequencer": "moves every tenant's head",
  "audit.head_at sequencer_works countersign_sequencer": "commits every tenant's head in each epoch",
  "audit.tenant_checkpoint sequencer_works countersign_sequencer": "keeps every tenant's signed head",
  ...Object.fromEntries(
    "entry body search leaf head head_at legal_hold erasure erasure_step"
      .split(" ")
      .map((table) => [
        `audit.${table} eraser countersign_eraser`,
        "erases any tenant's; the rows' own triggers ask for the order",
      ]),
  ),
};

/** Tables of the registry and of keys: not even a column of them is granted to the app's role. */
const CLOSED_TO_APP = [
  "keyring.claim_key",
  "platform.tenant",
  "platform.installation",
  "platform.tenant_asset",
  "platform.tombstone",
  "keyring.tombstone_key",
  "platform.offboarding",
  "platform.offboard_step",
  "identity.api_key",
  "identity.operator",
  "identity.act",
  "controls.kill",
  "identity.sign_in",
  "identity.choice",
  "audit.sequencer",
];
const APPEND_ONLY =
  "entry body leaf tile checkpoint month retired_month expected_fingerprint break_glass head_at tenant_checkpoint epoch epoch_tile legal_hold erasure erasure_step cosignature witnessed timestamp anchor"
    .split(" ")
    .map((table) => `audit.${table}`);
const MAY_BYPASS = ["countersign_verifier", "countersign_auditor"];

const OURS = "n.nspname !~ '^pg_' and n.nspname <> 'information_schema'";
const POLICY = "(tenant_id = ( SELECT app.tid() AS tid))";

const list = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(", ");
/** Three kinds of functions belong to roles of their own (src/platform/postgres/guards.ts). */
const OWNER_OF_SCHEMA = "(case n.nspname when 'guards' then 'countersign_guard' else 'countersign_owner' end)";
const OWNER_OF_ROUTINE = `(case when n.nspname = 'audit' and p.proname like 'erase\\_%' then 'countersign_eraser'
  when n.nspname in ('tickets', 'notify') and p.proname like 'claim\\_%' then 'countersign_scheduler' else ${OWNER_OF_SCHEMA} end)`;
const isTenantTable = `exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped)
  and n.nspname || '.' || c.relname not in (${list(Object.keys(REVIEWED_WITHOUT_TENANT))})`;
const tables = `pg_class c join pg_namespace n on n.oid = c.relnamespace and c.relkind in ('r', 'p', 'f') and ${OURS}`;
const grantee = (oid: string): string => `(case when ${oid} = 0 then 'PUBLIC' else ${oid}::regrole::text end)`;

/** Each yields a row per breach: `what` it is, in the words of `says`. */
const rules: readonly { readonly says: string; readonly breaches: string }[] = [
  {
    says: "has no tenant_id and is not on the reviewed list",
    breaches: `select n.nspname || '.' || c.relname as what from ${tables}
      where not exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped)
        and n.nspname || '.' || c.relname not in (${list(Object.keys(REVIEWED_WITHOUT_TENANT))})`,
  },
  {
    says: "has a tenant_id that is not a uuid not null",
    breaches: `select c.oid::regclass as what from ${tables} join pg_attribute t on t.attrelid = c.oid and t.attname = 'tenant_id' and not t.attisdropped
      where ${isTenantTable} and (not t.attnotnull or t.atttypid <> 'uuid'::regtype)`,
  },
  {
    says: "has row-level security switched off",
    breaches: `select c.oid::regclass as what from ${tables} where ${isTenantTable} and not c.relrowsecurity`,
  },
  {
    says: "does not force row-level security on its owner",
    breaches: `select c.oid::regclass as what from ${tables} where ${isTenantTable} and not c.relforcerowsecurity`,
  },
  {
    says: "has no policy that compares tenant_id with app.tid() for reading and writing",
    breaches: `select c.oid::regclass as what from ${tables} where ${isTenantTable} and not exists (
      select from pg_policy p where p.polrelid = c.oid and p.polcmd = '*' and p.polroles = '{0}'
        and pg_get_expr(p.polqual, p.polrelid) = '${POLICY}' and pg_get_expr(p.polwithcheck, p.polrelid) = '${POLICY}')`,
  },
  {
    says: "has a second permissive policy, which widens the first",
    breaches: `select c.oid::regclass || ' policy ' || p.polname as what from ${tables} join pg_policy p on p.polrelid = c.oid
      where ${isTenantTable} and p.polpermissive and (pg_get_expr(p.polqual, p.polrelid) is distinct from '${POLICY}'
        or pg_get_expr(p.polwithcheck, p.polrelid) is distinct from '${POLICY}')
        and not (p.polname = 'eraser' and p.polroles = array['countersign_eraser'::regrole::oid] and p.polwithcheck is null
          and replace(pg_get_expr(p.polqual, p.polrelid), chr(10), '') ~ '^\\(tenant_id IN \\( SELECT t.id +FROM platform.tenant t +WHERE \\(t.state = ''purging''::platform.tenant_state\\)\\)\\)$')
        and not (c.oid::regclass || ' ' || p.polname || ' ' || array(select r::regrole::text from unnest(p.polroles) r)::text = any (array[${list(
          Object.keys(REVIEWED_POLICIES).map((key) => key.replace(/ (\S+)$/, " {$1}")),
        )}]))`,
  },
  {
    says: "has no primary key",
    breaches: `select c.oid::regclass as what from ${tables} where ${isTenantTable} and not exists (select from pg_constraint k where k.conrelid = c.oid and k.contype = 'p')`,
  },
  {
    says: "is unique without beginning with tenant_id, so it tells one tenant what another has",
    breaches: `select i.indexrelid::regclass as what from ${tables} join pg_index i on i.indrelid = c.oid and i.indisunique
      where ${isTenantTable} and (select a.attname from pg_attribute a where a.attrelid = c.oid and a.attnum = i.indkey[0]) is distinct from 'tenant_id'`,
  },
  {
    says: "is a foreign key between tenants' tables without tenant_id on both sides",
    breaches: `select c.oid::regclass || ' ' || k.conname as what from ${tables} join pg_constraint k on k.conrelid = c.oid and k.contype = 'f'
      where ${isTenantTable} and exists (select from pg_attribute a where a.attrelid = k.confrelid and a.attname = 'tenant_id' and not a.attisdropped)
        and k.confrelid::regclass::text <> 'platform.installation'
        and not exists (select from unnest(k.conkey, k.confkey) as pair(mine, theirs)
          join pg_attribute m on m.attrelid = k.conrelid and m.attnum = pair.mine and m.attname = 'tenant_id'
          join pg_attribute o on o.attrelid = k.confrelid and o.attnum = pair.theirs and o.attname = 'tenant_id')`,
  },
  {
    says: "is a view without security_invoker: it reads with its owner's rights",
    breaches: `select c.oid::regclass as what from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind = 'v' and ${OURS} and not coalesce('security_invoker=true' = any(c.reloptions), false)
        and n.nspname || '.' || c.relname not in (${list(Object.keys(REVIEWED_VIEWS))})`,
  },
  {
    says: "is a materialised view: policies do not reach its copy",
    breaches: `select c.oid::regclass as what from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind = 'm' and ${OURS}`,
  },
  {
    says: "is SECURITY DEFINER without search_path pinned to pg_catalog, pg_temp",
    breaches: `select p.oid::regprocedure as what from pg_proc p join pg_namespace n on n.oid = p.pronamespace
      where ${OURS} and p.prosecdef and not coalesce('search_path=pg_catalog, pg_temp' = any(p.proconfig), false)`,
  },
  {
    says: "is written in a language that is not trusted",
    breaches: `select p.oid::regprocedure as what from pg_proc p join pg_namespace n on n.oid = p.pronamespace
      join pg_language l on l.oid = p.prolang where ${OURS} and l.lanname not in ('sql', 'plpgsql')`,
  },
  {
    says: "may be executed by PUBLIC",
    breaches: `select p.oid::regprocedure as what from pg_proc p join pg_namespace n on n.oid = p.pronamespace,
      aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) g where ${OURS} and g.grantee = 0`,
  },
  {
    says: "is granted to PUBLIC",
    breaches: `select c.oid::regclass || ' ' || g.privilege_type as what from pg_class c join pg_namespace n on n.oid = c.relnamespace,
        aclexplode(c.relacl) g where ${OURS} and g.grantee = 0
      union all select c.oid::regclass || '.' || a.attname || ' ' || g.privilege_type from pg_class c join pg_namespace n on n.oid = c.relnamespace
        join pg_attribute a on a.attrelid = c.oid, aclexplode(a.attacl) g where ${OURS} and g.grantee = 0
      union all select 'schema ' || n.nspname || ' ' || g.privilege_type from pg_namespace n, aclexplode(n.nspacl) g
        where ${OURS} and g.grantee = 0 and not (n.nspname = 'public' and g.privilege_type = 'USAGE')
      union all select 'database ' || d.datname || ' ' || g.privilege_type from pg_database d,
        aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) g where d.datname = current_database() and g.grantee = 0`,
  },
  {
    says: "is a right nobody but the owner may have",
    breaches: `select c.oid::regclass || ' ' || g.privilege_type || ' to ' || ${grantee("g.grantee")} as what
      from pg_class c join pg_namespace n on n.oid = c.relnamespace, aclexplode(c.relacl) g
      where ${OURS} and g.grantee <> c.relowner and g.privilege_type in ('TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN')
      union all select c.oid::regclass || ' ' || g.privilege_type || ' to ' || ${grantee("g.grantee")} || ' with grant option'
      from pg_class c join pg_namespace n on n.oid = c.relnamespace, aclexplode(c.relacl) g where ${OURS} and g.grantee <> c.relowner and g.is_grantable`,
  },
  {
    says: "lets somebody else than the owner create in it",
    breaches: `select n.nspname || ' by ' || ${grantee("g.grantee")} as what from pg_namespace n, aclexplode(n.nspacl) g
      where ${OURS} and n.nspname <> 'public' and g.privilege_type = 'CREATE' and g.grantee <> n.nspowner`,
  },
  {
    says: "is closed to the app's role, and is granted to it",
    breaches: `select c.oid::regclass as what from ${tables} where n.nspname || '.' || c.relname in (${list(CLOSED_TO_APP)})
      and (has_table_privilege('countersign_app', c.oid, 'select, insert, update, delete') or has_any_column_privilege('countersign_app', c.oid, 'select, insert, update'))`,
  },
  {
    says: "is append-only, and the app may change it, or insert into every column",
    breaches: `select c.oid::regclass || ' ' || g.privilege_type as what from ${tables}, aclexplode(c.relacl) g
      where n.nspname || '.' || c.relname in (${list(APPEND_ONLY)}) and g.grantee = 'countersign_app'::regrole and g.privilege_type <> 'SELECT'
      union all select c.oid::regclass || '.' || a.attname || ' ' || g.privilege_type from ${tables} join pg_attribute a on a.attrelid = c.oid, aclexplode(a.attacl) g
      where n.nspname || '.' || c.relname in (${list(APPEND_ONLY)}) and g.grantee = 'countersign_app'::regrole
        and (g.privilege_type <> 'INSERT' or a.attname in ('ts', 'xid', 'incarnation', 'leaf_hash'))`,
  },
  {
    says: "is append-only and lacks a guard that fires ALWAYS",
    breaches: `select c.oid::regclass || ' ' || wanted.name as what from ${tables} cross join (values ('append_only'), ('no_truncate')) as wanted(name)
      where (n.nspname || '.' || c.relname in (${list(APPEND_ONLY)}) or c.oid in (select inhrelid from pg_inherits where inhparent = 'audit.entry'::regclass))
        and not exists (select from pg_trigger g where g.tgrelid = c.oid and g.tgname = wanted.name and g.tgenabled = 'A' and g.tgfoid = 'audit.refuse()'::regprocedure)`,
  },
  {
    says: "is a partition of the log that is granted to the app",
    breaches: `select c.oid::regclass as what from ${tables} join pg_inherits h on h.inhrelid = c.oid
      where has_table_privilege('countersign_app', c.oid, 'select, insert, update, delete') or has_any_column_privilege('countersign_app', c.oid, 'select, insert, update')`,
  },
  {
    says: "belongs to somebody else than countersign_owner",
    breaches: `select 'table ' || c.oid::regclass as what from ${tables} where c.relowner <> 'countersign_owner'::regrole
      union all select 'function ' || p.oid::regprocedure from pg_proc p join pg_namespace n on n.oid = p.pronamespace where ${OURS} and p.proowner <> ${OWNER_OF_ROUTINE}::regrole
      union all select 'schema ' || n.nspname from pg_namespace n where ${OURS} and n.nspname <> 'public' and n.nspowner <> ${OWNER_OF_SCHEMA}::regrole`,
  },
  {
    says: "has an attribute that no role of ours may have",
    breaches: `select r.rolname as what from pg_roles r where r.rolname ~ '^countersign_'
      and (r.rolsuper or r.rolcreaterole or r.rolcreatedb or r.rolreplication or (r.rolbypassrls and r.rolname not in (${list(MAY_BYPASS)})))`,
  },
  {
    says: "is a member of a role that sees or owns more",
    breaches: `select m.member::regrole || ' in ' || m.roleid::regrole as what from pg_auth_members m join pg_roles r on r.oid = m.member
      where not r.rolsuper and r.rolname <> m.roleid::regrole::text || '_login' and m.roleid::regrole::text ~ '^(countersign_|pg_)' and m.roleid <> 'countersign_app'::regrole and r.rolname ~ '^countersign_'`,
  },
  {
    says: "gives PUBLIC the right to execute every function to come",
    breaches: `select 'default privileges of countersign_owner' as what where not exists (
      select from pg_default_acl d where d.defaclrole = 'countersign_owner'::regrole and d.defaclobjtype = 'f' and d.defaclnamespace = 0
        and not exists (select from aclexplode(d.defaclacl) g where g.grantee = 0))`,
  },
];

const row = z.object({ what: z.string() });

/** A sentence for each breach; none is what a migration has to leave behind. */
export async function catalogBreaches(query: Query): Promise<readonly string[]> {
  const found: string[] = [];
  for (const rule of rules) {
    const rows = z
      .array(row)
      .parse(await query(`select what::text as what from (${rule.breaches}) breach(what) order by 1`));
    found.push(...rows.map(({ what }) => `${what} ${rule.says}`));
  }
  return found;
}
