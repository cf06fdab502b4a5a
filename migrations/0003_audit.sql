-- The audit log. Append-only is a matter of grants, triggers and policies here, not of discipline in the code.
-- `entry` and `body` are written from now on; leaf, tile, head, sequencer, checkpoint and search wait for the sequencer.

create schema audit;
grant usage on schema audit to countersign_app, countersign_operator, countersign_sequencer, countersign_verifier, countersign_auditor;

-- Raised after a restore: transaction ids of before and after are not comparable.
create table audit.sequencer (
  id smallint primary key default 1 check (id = 1),
  epoch bigint not null default 0,
  low_xid xid8 not null default '0',
  incarnation integer not null default 1
);
insert into audit.sequencer default values;

create function audit.incarnation() returns integer
  language sql stable security definer set search_path = pg_catalog, pg_temp
as 'select s.incarnation from audit.sequencer s';
grant execute on function audit.incarnation() to countersign_app, countersign_operator;

create table audit.entry (
  tenant_id uuid not null,
  entry_id uuid not null,
  -- The database's clock. Nobody has the right to write ts, xid, incarnation or leaf_hash.
  ts timestamptz not null default clock_timestamp(),
  xid xid8 not null default pg_current_xact_id(),
  incarnation integer not null default audit.incarnation(),
  -- Exact canonical bytes, never jsonb: jsonb reorders keys, drops duplicates and rewrites numbers.
  leaf bytea not null check (octet_length(leaf) between 1 and 65535),
  -- RFC 6962 leaf hash: the 0x00 keeps a leaf from being read as an inner node.
  leaf_hash bytea not null generated always as (sha256('\x00'::bytea || leaf)) stored,
  -- The tenant is in the key, so that no tenant's insert can meet another's; the entry id is, because it is the partition key.
  primary key (tenant_id, entry_id),
  -- IS TRUE: a CHECK lets NULL pass, and a leaf without the member would give one.
  constraint leaf_is_about_this_row check (
    (convert_from(leaf, 'UTF8')::json ->> 'id' = entry_id::text and convert_from(leaf, 'UTF8')::json ->> 'log' = tenant_id::text) is true),
  constraint leaf_time_is_near_ours check (
    (abs(extract(epoch from ts) - extract(epoch from (convert_from(leaf, 'UTF8')::json ->> 'ts')::timestamptz)) < 300) is true)
) partition by range (entry_id);

-- The erasable half. key_id is NULL while bodies are not sealed yet; then ct is the canonical bytes themselves.
create table audit.body (
  tenant_id uuid not null,
  entry_id uuid not null,
  part smallint not null default 0,
  nonce bytea not null check (octet_length(nonce) between 12 and 32),
  key_id text,
  ct bytea not null,
  primary key (tenant_id, entry_id, part),
  foreign key (tenant_id, entry_id) references audit.entry (tenant_id, entry_id)
);

create table audit.leaf (
  tenant_id uuid not null,
  idx bigint not null check (idx >= 0),
  entry_id uuid not null,
  leaf_hash bytea not null check (octet_length(leaf_hash) = 32),
  chain bytea not null check (octet_length(chain) = 32),
  primary key (tenant_id, idx),
  -- What keeps a sequencer that lost its place from counting an entry twice.
  unique (tenant_id, entry_id)
);
create table audit.tile (
  tenant_id uuid not null,
  lvl smallint not null,
  n bigint not null,
  hashes bytea not null check (octet_length(hashes) between 32 and 8192),
  primary key (tenant_id, lvl, n)
);
create table audit.head (
  tenant_id uuid not null primary key,
  size bigint not null default 0,
  root bytea,
  chain bytea,
  incarnation integer not null default 1,
  updated_at timestamptz not null default clock_timestamp()
);
-- Of the one public epoch log: signed notes, no tenant's data.
create table audit.checkpoint (
  epoch bigint primary key,
  note text not null,
  cosignatures text not null default '',
  tsa_token bytea,
  created_at timestamptz not null default clock_timestamp()
);
create table audit.search (
  tenant_id uuid not null,
  entry_id uuid not null,
  kind text not null,
  run text,
  pull_request text,
  blind bytea[],
  primary key (tenant_id, entry_id)
);
create index on audit.search (tenant_id, kind, entry_id);

create function audit.refuse() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception 'The audit log is append-only: % on %.% is refused', tg_op, tg_table_schema, tg_table_name
    using errcode = 'insufficient_privilege';
end $$;

-- synchronous_commit=off acknowledges before the disk has it. It cannot be revoked from a role, so it is refused at commit.
create function audit.refuse_asynchronous_commit() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  if current_setting('synchronous_commit') = 'off' then
    raise exception 'The audit log refuses to commit with synchronous_commit = off' using errcode = 'insufficient_privilege';
  end if;
  return null;
end $$;

-- ALWAYS: also in replica mode, in which a superuser would otherwise switch ordinary triggers off.
-- Row triggers are cloned to partitions, TRUNCATE triggers and policies are not (see audit.guard_partition).
create procedure audit.guard(target regclass)
  language plpgsql security invoker set search_path = pg_catalog, pg_temp
as $$
begin
  execute format('create trigger append_only before update or delete on %s for each row execute function audit.refuse()', target);
  execute format('alter table %s enable always trigger append_only', target);
  execute format('create trigger no_truncate before truncate on %s for each statement execute function audit.refuse()', target);
  execute format('alter table %s enable always trigger no_truncate', target);
end $$;

create procedure audit.guard_partition(target regclass)
  language plpgsql security invoker set search_path = pg_catalog, pg_temp
as $$
begin
  call platform.isolate_tenant_rows(target);
  execute format('create trigger no_truncate before truncate on %s for each statement execute function audit.refuse()', target);
  execute format('alter table %s enable always trigger no_truncate', target);
end $$;

call platform.isolate_tenant_rows('audit.entry');
call platform.isolate_tenant_rows('audit.body');
call platform.isolate_tenant_rows('audit.leaf');
call platform.isolate_tenant_rows('audit.tile');
call platform.isolate_tenant_rows('audit.head');
call platform.isolate_tenant_rows('audit.search');
call audit.guard('audit.entry');
call audit.guard('audit.body');
call audit.guard('audit.leaf');
call audit.guard('audit.tile');
call audit.guard('audit.checkpoint');

create constraint trigger durable_commit after insert on audit.entry
  deferrable initially deferred for each row execute function audit.refuse_asynchronous_commit();
alter table audit.entry enable always trigger durable_commit;

-- UUIDv7 begins with 48 bits of milliseconds, so a month is a range of ids.
create function audit.uuid_floor(at timestamptz) returns uuid
  language sql immutable set search_path = pg_catalog, pg_temp
as $$
  select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '0000' || '0000' || '000000000000')::uuid
$$;

-- Makes the partitions of this month and the `ahead` next ones. Owner only; called by every migration run.
create procedure audit.make_partitions(ahead integer)
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
    execute format('create table audit.%I partition of audit.entry for values from (%L) to (%L)', part,
      audit.uuid_floor(first_day),
      audit.uuid_floor(((first_day at time zone 'UTC') + interval '1 month') at time zone 'UTC'));
    call audit.guard_partition(format('audit.%I', part)::regclass);
  end loop;
end $$;

-- A missing month must not stop the log.
create table audit.entry_default partition of audit.entry default;
call audit.guard_partition('audit.entry_default');
call audit.make_partitions(12);

-- INSERT by column: a table-wide right would let the app write ts and so back-date an entry.
grant select, insert (tenant_id, entry_id, leaf) on audit.entry to countersign_app, countersign_operator;
grant select, insert (tenant_id, entry_id, part, nonce, key_id, ct) on audit.body to countersign_app, countersign_operator;
grant select, insert (tenant_id, entry_id, kind, run, pull_request, blind) on audit.search to countersign_app, countersign_operator;
grant select on audit.leaf, audit.tile, audit.head, audit.checkpoint to countersign_app;

grant select (tenant_id, entry_id, xid, incarnation, leaf_hash) on audit.entry to countersign_sequencer;
grant select, insert on audit.leaf, audit.tile to countersign_sequencer;
grant select, insert, update on audit.head to countersign_sequencer;
grant select, update on audit.sequencer to countersign_sequencer;
grant select, insert on audit.checkpoint to countersign_sequencer;

-- The verifier sees every hash and no body.
grant select on audit.entry, audit.leaf, audit.tile, audit.head, audit.checkpoint to countersign_verifier;
grant select on all tables in schema audit, platform to countersign_auditor;
