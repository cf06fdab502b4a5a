import { z } from "zod";
import type { RoleFacts } from "../../postgres/role.ts";
import type { Session } from "./session.ts";

const names = z.array(z.string());

const role = z.object({
  role: z.string(),
  holder: z.string(),
  database: z.string(),
  sameAsSession: z.boolean(),
  superuser: z.boolean(),
  createsRoles: z.boolean(),
  createsDatabases: z.boolean(),
  replication: z.boolean(),
  bypassesRowSecurity: z.boolean(),
  powers: names,
  owns: names,
  createsInDatabase: z.boolean(),
  temporary: z.boolean(),
  createsInSchemas: names,
  writes: names,
  largeObjects: z.boolean(),
  definers: names,
  tempFileLimit: z.string(),
});

/** What any role it is a member of may do counts as its own. Every name is written with its schema: search_path has no say. */
const FACTS = `
select r.rolname::text as role,
  coalesce((select h.rolname::text from pg_catalog.pg_auth_members m join pg_catalog.pg_roles h on h.oid = m.roleid
    where m.member = r.oid and r.rolname like 'countersign\\_lease\\_%' order by 1 limit 1), r.rolname::text) as holder,
  pg_catalog.current_database()::text as database, current_user = session_user as "sameAsSession",
  r.rolsuper as superuser, r.rolcreaterole as "createsRoles", r.rolcreatedb as "createsDatabases",
  r.rolreplication as replication, r.rolbypassrls as "bypassesRowSecurity",
  array(select p.rolname::text from pg_catalog.pg_roles p where p.oid <> r.oid
    and (p.rolname = any (array['pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program', 'pg_signal_backend',
      'pg_write_all_data', 'pg_checkpoint', 'pg_maintain', 'pg_create_subscription', 'pg_signal_autovacuum_worker', 'pg_database_owner'])
      or p.rolsuper or p.rolcreaterole or p.rolreplication or p.rolbypassrls)
    and pg_catalog.pg_has_role(r.oid, p.oid, 'MEMBER') and not r.rolsuper order by 1) as powers,
  array(select what from (
    select c.oid::regclass::text as what, c.relowner as owner from pg_catalog.pg_class c where c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')
    union all select 'schema ' || n.nspname, n.nspowner from pg_catalog.pg_namespace n
    union all select p.oid::regprocedure::text, p.proowner from pg_catalog.pg_proc p
    union all select 'database ' || d.datname, d.datdba from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()) o
    where not r.rolsuper and pg_catalog.pg_has_role(r.oid, o.owner, 'MEMBER') limit 5) as owns,
  pg_catalog.has_database_privilege(r.oid, pg_catalog.current_database(), 'CREATE') as "createsInDatabase",
  pg_catalog.has_database_privilege(r.oid, pg_catalog.current_database(), 'TEMPORARY') as temporary,
  array(select n.nspname::text from pg_catalog.pg_namespace n where n.nspname !~ '^pg_(temp|toast_temp)_'
    and not r.rolsuper and pg_catalog.has_schema_privilege(r.oid, n.oid, 'CREATE') limit 5) as "createsInSchemas",
  array(select c.oid::regclass::text from pg_catalog.pg_class c where not r.rolsuper and c.oid >= 16384 and (
      c.relkind in ('r', 'p', 'v', 'm', 'f') and (
        pg_catalog.has_table_privilege(r.oid, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
        or pg_catalog.has_any_column_privilege(r.oid, c.oid, 'INSERT, UPDATE, REFERENCES'))
      or c.relkind = 'S' and pg_catalog.has_sequence_privilege(r.oid, c.oid, 'USAGE, UPDATE')) limit 5) as writes,
  exists (select from pg_catalog.pg_proc p where p.pronamespace = 'pg_catalog'::regnamespace
    and p.proname in ('lo_creat', 'lo_create', 'lo_from_bytea', 'lo_unlink', 'lo_put', 'lowrite')
    and pg_catalog.has_function_privilege(r.oid, p.oid, 'EXECUTE')) as "largeObjects",
  array(select p.oid::regprocedure::text from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where p.prosecdef and p.oid >= 16384 and pg_catalog.has_function_privilege(r.oid, p.oid, 'EXECUTE')
    and pg_catalog.has_schema_privilege(r.oid, n.oid, 'USAGE') limit 5) as definers,
  pg_catalog.current_setting('temp_file_limit') as "tempFileLimit"
from pg_catalog.pg_roles r where r.rolname = current_user`;

export async function loadRole(session: Session): Promise<RoleFacts | null> {
  return (await session.ask(role, FACTS))[0] ?? null;
}
