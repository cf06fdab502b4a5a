-- What watches the guards. Grants, triggers and policies are catalog rows, and whoever is a superuser can change those: here the
-- catalog itself gets a fingerprint, DDL that would change it is refused, and what PostgreSQL does not let a trigger refuse
-- (roles, memberships, event triggers) still shows in it.
--
-- Event triggers need a superuser and the hand-over to countersign_guard an administrator: src/platform/postgres/guards.ts.
-- INVARIANT: this schema is not `audit`, so that DROP SCHEMA audit CASCADE does not take the function that refuses it.

create schema guards;
grant usage on schema guards to countersign_app, countersign_operator, countersign_sequencer, countersign_verifier, countersign_auditor;

-- Months of audit.entry that were made, and those that were let go of with their copy in WORM storage. A month that is in the
-- first, has no partition, and is not in the second, was removed by somebody.
create table audit.month (
  month date primary key check (extract(day from month) = 1),
  made_at timestamptz not null default clock_timestamp()
);
create table audit.retired_month (
  month date primary key references audit.month (month),
  -- The entry retention.drop in the platform's log.
  entry_id uuid not null,
  -- SHA-256 over what was compared with the copy, lower-case hexadecimal.
  worm_digest text not null check (worm_digest ~ '^[0-9a-f]{64}$'),
  retired_at timestamptz not null default clock_timestamp()
);
insert into audit.month (month)
  select to_date(substring(c.relname from 7), 'YYYY_MM') from pg_inherits h join pg_class c on c.oid = h.inhrelid
  where h.inhparent = 'audit.entry'::regclass and c.relname ~ '^entry_[0-9]{4}_[0-9]{2}$';

-- What the catalog should be. Rows come from `countersign migrate` and from `countersign audit fingerprint --accept`, each with
-- its reason; each becomes an entry in the platform's log and an event in the next epoch, so accepting is never silent.
create table audit.expected_fingerprint (
  expected_id uuid primary key default platform.uuidv7(),
  fingerprint text not null check (fingerprint ~ '^[0-9a-f]{64}$'),
  -- The part that event triggers protect: what DDL may not change.
  objects text not null check (objects ~ '^[0-9a-f]{64}$'),
  -- What was hashed, to tell what differs. Names and settings of our own schemas and roles; no tenant's data.
  lines text[] not null,
  reason text not null check (length(reason) between 1 and 500),
  by_user name not null default session_user,
  at timestamptz not null default clock_timestamp()
);

-- Uses of the break-glass setting that changed the guards: in the transaction of the change, so that the one is not there without the other.
create table audit.break_glass (
  break_glass_id uuid primary key default platform.uuidv7(),
  reason text not null,
  -- The first command of the transaction that changed something, and what the objects' digest was after it; NULL: it could not be computed.
  command text not null,
  objects text,
  by_user name not null default session_user,
  xid xid8 not null default pg_current_xact_id(),
  at timestamptz not null default clock_timestamp()
);

-- Grants on partitions: none. 0003 had given these to the auditor with "all tables"; months made later have never had them.
do $$
declare
  part regclass;
begin
  for part in select h.inhrelid::regclass from pg_inherits h where h.inhparent = 'audit.entry'::regclass loop
    execute format('revoke all on %s from countersign_auditor', part);
  end loop;
end $$;

call audit.guard('audit.month');
call audit.guard('audit.retired_month');
call audit.guard('audit.expected_fingerprint');
call audit.guard('audit.break_glass');
grant select on audit.month, audit.retired_month, audit.expected_fingerprint, audit.break_glass
  to countersign_app, countersign_operator, countersign_sequencer, countersign_verifier, countersign_auditor, countersign_guard;
grant insert (reason, command, objects) on audit.break_glass to countersign_guard;
grant usage on schema audit, platform to countersign_guard;
grant execute on function platform.uuidv7() to countersign_guard;

-- The bounds that audit.make_partitions gives a month. INVARIANT: written out here and not called, since who replaces
-- audit.uuid_floor must not decide what counts as regular.
create function guards.month_bound(month date) returns text
  language sql immutable set search_path = pg_catalog, pg_temp
as $$
  select format('FOR VALUES FROM (%L) TO (%L)',
    (lpad(to_hex((extract(epoch from month::timestamp at time zone 'UTC') * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid,
    (lpad(to_hex((extract(epoch from (month + interval '1 month')::timestamp at time zone 'UTC') * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid)
$$;

-- One line for everything in our schemas that DDL can change. Names and never OIDs, so that a restored dump gives the same lines.
--
-- Months come and go, so a partition whose name, parent and bounds are those of a month is called audit.entry_* here, and a line
-- that all of them have stands once. INVARIANT: a line that not every month has says how many have it, so that one partition
-- without its trigger differs; a month that is gone without being retired has a line of its own.
create function guards.objects() returns setof text
  language sql stable security definer
  set search_path = pg_catalog, pg_temp set quote_all_identifiers = off set bytea_output = hex set datestyle = 'ISO, YMD'
  set intervalstyle = postgres set timezone = 'UTC' set extra_float_digits = 1
as $$
  with space as materialized (
    select n.oid, n.nspname, n.nspowner, n.nspacl from pg_namespace n
    where n.nspname in ('app', 'audit', 'guards', 'keyring', 'keys', 'platform')
  ), named as materialized (
    select c.oid, c.relname::text as relname, c.relkind, c.relpersistence, c.relowner, c.relacl, c.reloptions, c.relrowsecurity, c.relforcerowsecurity,
      s.nspname, h.inhparent, pg_get_expr(c.relpartbound, c.oid) as bound,
      case when s.nspname = 'audit' and h.inhparent = to_regclass('audit.entry') and c.relname ~ '^entry_[1-9][0-9]{3}_(0[1-9]|1[0-2])$'
        then to_date(substring(c.relname from 7), 'YYYY_MM') end as month
    from pg_class c join space s on s.oid = c.relnamespace left join pg_inherits h on h.inhrelid = c.oid
    where c.relkind not in ('i', 'I')
  ), rel as materialized (
    select n.*, r.regular, case when r.regular then 'entry_*' else n.relname end as called
    from named n cross join lateral (select n.month is not null and n.bound = guards.month_bound(n.month) as regular) r
  ), part as (
    select r.oid, concat_ws(' ', 'is', r.relkind, r.relpersistence, 'owner', r.relowner::regrole, 'rls', r.relrowsecurity, r.relforcerowsecurity,
      'options ' || r.reloptions::text, 'of ' || r.inhparent::regclass::text, case when not r.regular then r.bound end) as what
    from rel r
    union all
    select r.oid, concat_ws(' ', 'grant', g.privilege_type, 'to', coalesce(nullif(g.grantee, 0)::regrole::text, 'PUBLIC'), 'by', g.grantor::regrole, case when g.is_grantable then 'with grant option' end)
    from rel r, aclexplode(coalesce(r.relacl, acldefault((case r.relkind when 'S' then 's' else 'r' end)::"char", r.relowner))) g
    union all
    select r.oid, concat_ws(' ', 'column', a.attname, format_type(a.atttypid, a.atttypmod), case when a.attnotnull then 'not null' end,
      'default ' || pg_get_expr(d.adbin, d.adrelid), nullif(a.attidentity, ''), nullif(a.attgenerated, ''))
    from rel r join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
      left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where r.relkind <> 'S'
    union all
    select r.oid, concat_ws(' ', 'column', a.attname, 'grant', g.privilege_type, 'to', coalesce(nullif(g.grantee, 0)::regrole::text, 'PUBLIC'), 'by', g.grantor::regrole, case when g.is_grantable then 'with grant option' end)
    from rel r join pg_attribute a on a.attrelid = r.oid and a.attacl is not null, aclexplode(a.attacl) g
    union all
    -- Foreign keys are cloned for each partition, from either side: the parent's stands for them. NOT NULL is with the column.
    select r.oid, concat_ws(' ', 'constraint', replace(k.conname, r.relname, r.called), pg_get_constraintdef(k.oid), case when not k.convalidated then 'not validated' end)
    from rel r join pg_constraint k on k.conrelid = r.oid
    where k.contype not in ('n', 't') and not (k.contype = 'f' and k.conparentid <> 0)
    union all
    select r.oid, replace(pg_get_indexdef(i.indexrelid), r.relname, r.called)
    from rel r join pg_index i on i.indrelid = r.oid
    union all
    select r.oid, concat_ws(' ', 'trigger', t.tgenabled, replace(pg_get_triggerdef(t.oid), r.relname, r.called))
    from rel r join pg_trigger t on t.tgrelid = r.oid and not t.tgisinternal
    union all
    -- DISABLE TRIGGER ALL also switches off what holds foreign keys. Their names contain OIDs.
    select distinct r.oid, concat_ws(' ', 'internal trigger', t.tgenabled, t.tgfoid::regproc)
    from rel r join pg_trigger t on t.tgrelid = r.oid and t.tgisinternal
    union all
    select r.oid, concat_ws(' ', 'policy', p.polname, p.polcmd, case when p.polpermissive then 'permissive' else 'restrictive' end,
      'to', array(select coalesce(nullif(o, 0)::regrole::text, 'PUBLIC') from unnest(p.polroles) o order by 1),
      'using', pg_get_expr(p.polqual, p.polrelid), 'check', pg_get_expr(p.polwithcheck, p.polrelid))
    from rel r join pg_policy p on p.polrelid = r.oid
    union all
    -- A child table elsewhere is read together with its parent.
    select r.oid, 'inherited by ' || h.inhrelid::regclass
    from rel r join pg_inherits h on h.inhparent = r.oid and not exists (select from rel c where c.oid = h.inhrelid)
    union all
    select r.oid, concat_ws(' ', 'rule', w.ev_enabled, replace(pg_get_ruledef(w.oid), r.relname, r.called))
    from rel r join pg_rewrite w on w.ev_class = r.oid
  ), routine as materialized (
    select p.*, l.lanname, array(select unnest(p.proconfig) order by 1) as settings
    from pg_proc p join space s on s.oid = p.pronamespace join pg_language l on l.oid = p.prolang
  )
  select r.nspname || '.' || r.relname || ' ' || p.what from part p join rel r on r.oid = p.oid where not r.regular
  union all
  select 'audit.entry_* ' || p.what || case when count(*) = (select count(*) from rel where regular) then ''
    else ' (only ' || string_agg(r.relname, ', ' order by r.relname) || ')' end
  from part p join rel r on r.oid = p.oid where r.regular group by p.what
  union all
  select 'audit.entry_' || to_char(m.month, 'YYYY_MM') || ' is missing' from audit.month m
  where not exists (select from audit.retired_month t where t.month = m.month) and not exists (select from rel r where r.regular and r.month = m.month)
  union all
  select concat_ws(' ', 'schema', s.nspname, 'owner', s.nspowner::regrole) from space s
  union all
  select concat_ws(' ', 'schema', s.nspname, 'grant', g.privilege_type, 'to', coalesce(nullif(g.grantee, 0)::regrole::text, 'PUBLIC'), 'by', g.grantor::regrole, case when g.is_grantable then 'with grant option' end)
  from space s, aclexplode(coalesce(s.nspacl, acldefault('n', s.nspowner))) g
  union all
  select concat_ws(' ', 'routine', p.oid::regprocedure, 'kind', p.prokind, p.provolatile, p.proparallel, p.prosecdef, p.proleakproof, p.proisstrict,
    'returns ' || case when p.prokind <> 'p' then pg_get_function_result(p.oid) end, 'arguments', pg_get_function_arguments(p.oid),
    'owner', p.proowner::regrole, 'in', p.lanname, p.probin, 'set', p.settings,
    'body', encode(sha256(convert_to(coalesce(pg_get_function_sqlbody(p.oid), p.prosrc), 'UTF8')), 'hex'))
  from routine p
  union all
  select concat_ws(' ', 'routine', p.oid::regprocedure, 'grant to', coalesce(nullif(g.grantee, 0)::regrole::text, 'PUBLIC'), 'by', g.grantor::regrole, case when g.is_grantable then 'with grant option' end)
  from routine p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) g
  union all
  -- A superuser may replace a function of pg_catalog, and these are the ones that guards and leaves rest on.
  select concat_ws(' ', 'built-in', p.oid::regprocedure, p.prosrc) from pg_proc p
  where p.pronamespace = 'pg_catalog'::regnamespace and p.proname in ('sha256', 'current_setting', 'clock_timestamp', 'pg_current_xact_id',
    'pg_current_snapshot', 'pg_snapshot_xmin', 'convert_to', 'convert_from', 'encode', 'decode', 'pg_get_expr', 'pg_get_triggerdef',
    'pg_get_constraintdef', 'pg_get_indexdef', 'aclexplode', 'format_type', 'concat_ws', 'string_agg')
  union all
  select concat_ws(' ', 'type', t.oid::regtype, 'owner', t.typowner::regrole, array(select e.enumlabel from pg_enum e where e.enumtypid = t.oid order by e.enumsortorder),
    (select string_agg(pg_get_constraintdef(k.oid), ' ' order by k.conname) from pg_constraint k where k.contypid = t.oid))
  from pg_type t join space s on s.oid = t.typnamespace where t.typtype in ('d', 'e')
  union all
  select concat_ws(' ', 'default grant', g.privilege_type, 'on', d.defaclobjtype, 'in', coalesce(s.nspname, 'every schema'), 'of', d.defaclrole::regrole, 'to', coalesce(nullif(g.grantee, 0)::regrole::text, 'PUBLIC'))
  from pg_default_acl d left join space s on s.oid = d.defaclnamespace, aclexplode(d.defaclacl) g
  where s.oid is not null or (d.defaclnamespace = 0 and d.defaclrole::regrole::text like 'countersign\_%')
$$;

-- What no event trigger hears of: roles, memberships, settings, rights on the database, and event triggers themselves.
--
-- Roles are the cluster's, and other databases of it have logins of their own. So of the app's role only members that could do
-- more than the app are here; every other role of ours has members that migrations made, and no others.
create function guards.surroundings() returns setof text
  language sql stable security definer
  set search_path = pg_catalog, pg_temp set quote_all_identifiers = off
as $$
  with role as materialized (
    select r.oid, r.rolname, r.rolcanlogin, r.rolsuper, r.rolbypassrls, r.rolcreaterole, r.rolcreatedb, r.rolreplication, r.rolinherit,
      r.rolname like 'countersign\_%' as ours,
      r.rolsuper or r.rolbypassrls or r.rolcreaterole or r.rolcreatedb or r.rolreplication as mighty
    from pg_roles r
  )
  select concat_ws(' ', 'role', r.rolname, 'login', r.rolcanlogin, 'super', r.rolsuper, 'bypassrls', r.rolbypassrls, 'createrole', r.rolcreaterole,
    'createdb', r.rolcreatedb, 'replication', r.rolreplication, 'inherit', r.rolinherit)
  from role r where r.ours and (not r.rolcanlogin or r.mighty)
  union all
  -- inherit_option and set_option came with PostgreSQL 16.
  select concat_ws(' ', 'member', m.rolname, 'of', o.rolname, 'admin', a.admin_option, 'inherit ' || (to_jsonb(a) ->> 'inherit_option'), 'set ' || (to_jsonb(a) ->> 'set_option'))
  from pg_auth_members a join role m on m.oid = a.member join role o on o.oid = a.roleid
  where (o.ours or m.ours) and not (o.rolname = 'countersign_app' and m.rolcanlogin and not m.mighty)
  union all
  select concat_ws(' ', 'setting', v.setting, 'for', coalesce(r.rolname, 'every role'), case c.setdatabase when 0 then 'in every database' else 'in this database' end)
  from pg_db_role_setting c left join role r on r.oid = c.setrole, unnest(c.setconfig) as v(setting)
  where (c.setdatabase = 0 or c.setdatabase = (select d.oid from pg_database d where d.datname = current_database()))
    and ((r.ours and not r.rolcanlogin)
      or v.setting ~ '^(session_replication_role|row_security|search_path|synchronous_commit|event_triggers|role|session_authorization|session_preload_libraries|local_preload_libraries|audit\.|app\.)')
  union all
  select concat_ws(' ', 'database grant', g.privilege_type, 'to', coalesce(nullif(g.grantee, 0)::regrole::text, 'PUBLIC'))
  from pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) g
  where d.datname = current_database() and (g.grantee = 0 or g.grantee::regrole::text like 'countersign\_%')
  union all
  select concat_ws(' ', 'event trigger', e.evtname, 'on', e.evtevent, e.evtenabled, e.evtfoid::regproc, 'owner', e.evtowner::regrole, e.evttags)
  from pg_event_trigger e
$$;

create function guards.digest(lines text[]) returns text
  language sql immutable set search_path = pg_catalog, pg_temp
as $$
  select encode(sha256(convert_to(coalesce(string_agg(l, E'\n' order by l collate "C"), ''), 'UTF8')), 'hex') from unnest(lines) l
$$;

-- Lower-case hexadecimal SHA-256 of everything above; goes into each epoch leaf.
create function audit.catalog_fingerprint() returns text
  language sql stable set search_path = pg_catalog, pg_temp
as $$ select guards.digest(array(select guards.objects() union all select guards.surroundings())) $$;

-- What differs from what is expected: '-' is gone, '+' is new. Empty: nothing. Without any expectation there is one line.
create function audit.guard_drift() returns setof text
  language sql stable set search_path = pg_catalog, pg_temp
as $$
  with expected as materialized (select e.lines from audit.expected_fingerprint e order by e.expected_id desc limit 1),
    old as materialized (select unnest(lines) as line from expected),
    new as materialized (select guards.objects() as line union all select guards.surroundings())
  select '- ' || line from (select line from old except all select line from new) gone
  union all select '+ ' || line from (select line from new except all select line from old) come where exists (select from expected)
  union all select '- no expected fingerprint was ever recorded' where not exists (select from expected)
  order by 1
$$;

-- Owner only: through `countersign migrate` and `countersign audit fingerprint --accept`.
create procedure audit.expect_catalog(why text)
  language plpgsql security invoker set search_path = pg_catalog, pg_temp
as $$
declare
  objects text[] := array(select guards.objects());
  everything text[] := objects || array(select guards.surroundings());
begin
  if guards.digest(everything) is distinct from (select e.fingerprint from audit.expected_fingerprint e order by e.expected_id desc limit 1) then
    insert into audit.expected_fingerprint (fingerprint, objects, lines, reason)
      values (guards.digest(everything), guards.digest(objects), everything, why);
  end if;
end $$;

-- At the end of every DDL command, whoever gives it. Compared with what is expected, not with what was before: somebody who got
-- past once is not thereby in the right. INVARIANT: an error in here blocks all DDL in the database; the break-glass setting,
-- which leaves a row, is the way to mend it.
create function guards.refuse_change() returns event_trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
  reason text := nullif(current_setting('audit.migration', true), '');
  wanted text;
  last text;
  found text;
begin
  if to_regclass('audit.expected_fingerprint') is null or to_regclass('audit.break_glass') is null then
    raise exception '% is refused: it removes what the guards of the audit log rest on', tg_tag using errcode = 'insufficient_privilege';
  end if;
  select e.objects into wanted from audit.expected_fingerprint e order by e.expected_id desc limit 1;
  if reason is null then
    found := guards.digest(array(select guards.objects()));
    if found is distinct from wanted then
      raise exception '% is refused: it changes the guards of the audit log, or they differ already from what is expected', tg_tag
        using errcode = 'insufficient_privilege',
          hint = 'See: countersign audit fingerprint. A change that is meant: set audit.migration to the reason, which is recorded (docs/runbooks/break-glass.md).';
    end if;
    return;
  end if;
  begin
    found := guards.digest(array(select guards.objects()));
  exception when others then
    found := null;
  end;
  -- Going back to what is expected is a change, too.
  select s.objects into last from (
    select b.objects, b.at from audit.break_glass b union all select e.objects, e.at from audit.expected_fingerprint e) s order by s.at desc limit 1;
  if (found is distinct from wanted or last is distinct from wanted)
    and not exists (select from audit.break_glass b where b.xid = pg_current_xact_id() and b.at >= transaction_timestamp()) then
    insert into audit.break_glass (reason, command, objects) values (left(reason, 500), tg_tag, found);
  end if;
end $$;

-- The guard's guard, in another schema: DROP SCHEMA guards CASCADE takes the event trigger above with its function.
create function platform.refuse_loss_of_guards() returns event_trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if nullif(current_setting('audit.migration', true), '') is null
    and not exists (select from pg_event_trigger e where e.evtname = 'countersign_guards' and e.evtfoid = to_regproc('guards.refuse_change')) then
    raise exception '% is refused: it removes the guards of the audit log', tg_tag using errcode = 'insufficient_privilege';
  end if;
end $$;

grant execute on function audit.catalog_fingerprint(), audit.guard_drift(), guards.objects(), guards.surroundings(), guards.digest(text[])
  to countersign_app, countersign_operator, countersign_sequencer, countersign_verifier, countersign_auditor;

-- As in 0003, but that a month is written down before it is made.
create or replace procedure audit.make_partitions(ahead integer)
  language plpgsql security invoker set search_path = pg_catalog, pg_temp
as $$
declare
  first_day timestamptz;
  part text;
begin
  for i in 0 .. ahead loop
    first_day := (date_trunc('month', now() at time zone 'UTC') + make_interval(months => i)) at time zone 'UTC';
    part := 'entry_' || to_char(first_day at time zone 'UTC', 'YYYY_MM');
    continue when to_regclass('audit.' || part) is not null;
    insert into audit.month (month) values ((first_day at time zone 'UTC')::date) on conflict do nothing;
    execute format('create table audit.%I partition of audit.entry for values from (%L) to (%L)', part,
      audit.uuid_floor(first_day),
      audit.uuid_floor(((first_day at time zone 'UTC') + interval '1 month') at time zone 'UTC'));
    call audit.guard_partition(format('audit.%I', part)::regclass);
  end loop;
end $$;
