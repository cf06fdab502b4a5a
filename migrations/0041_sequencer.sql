-- The sequencer: order, trees, heads and epochs of the audit log. It reads the hashes of every tenant and writes what is
-- computed from them; it sees no leaf's bytes and no body.

-- The first connection of each role asks for the schema's version (boot.ts).
grant select on platform.migration to countersign_sequencer;

-- The platform's own log (PLATFORM_LOG in src/kernel/brand.ts): a log like a tenant's, in slot 0, that belongs to no tenant.
-- It takes a claim as a tenant's log does, and is in no list of tenants, so that nothing is ever decided or sent for it.
insert into platform.tenant (id, prefix, slot) overriding system value
  values ('00000000-0000-7000-8000-000000000000', 'platformlog', 0);
alter table platform.installation add constraint platform_log_has_no_installation
  check (tenant_id <> '00000000-0000-7000-8000-000000000000');

create or replace function platform.active_tenants() returns setof uuid
  language sql stable security definer set search_path = pg_catalog, pg_temp
as $$ select t.id from platform.tenant t where t.state = 'active' and t.slot > 0 order by t.slot $$;

create or replace function platform.tenants(out tenant_id uuid, out prefix text, out state text, out slot integer, out region text, out installations bigint[])
  returns setof record language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select t.id, t.prefix, t.state::text, t.slot, t.region,
    array(select i.installation_id from platform.installation i where i.tenant_id = t.id order by 1)
  from platform.tenant t where t.slot > 0 order by t.slot
$$;

-- Which log has which place in the slot tree, for every log there ever was.
create function audit.slots(out tenant_id uuid, out slot integer) returns setof record
  language sql stable security definer set search_path = pg_catalog, pg_temp
as $$ select t.id, t.slot from platform.tenant t $$;
grant execute on function audit.slots() to countersign_sequencer;

-- Where it is. A snapshot is a low watermark and a done set in one: everything visible in `seen` is in a tree, whatever is
-- not is still to come, and a writer that stays open for hours holds up nobody but itself. NULL: look at everything.
alter table audit.sequencer
  add column seen pg_snapshot,
  -- The cluster whose transaction ids `seen` is made of. Those of another one mean something else.
  add column cluster text,
  -- The database's clock at the last batch: order never runs against it.
  add column sequenced_at timestamptz;

create index entry_to_sequence on audit.entry (incarnation, xid);

alter table audit.head
  add column slot integer not null check (slot >= 0),
  -- Keeps neighbours in the slot tree from guessing a head.
  add column salt bytea not null check (octet_length(salt) = 32),
  -- Pinned to its last head when the tenant is erased.
  add column shredded boolean not null default false,
  alter column root set not null,
  alter column chain set not null;
create unique index on audit.head (tenant_id, slot);

-- The tiles that are not full yet, from level 1 on; level 0 is in audit.leaf. They only save reading every full tile below.
create table audit.partial_tile (
  tenant_id uuid not null,
  lvl smallint not null check (lvl > 0),
  n bigint not null,
  hashes bytea not null check (octet_length(hashes) % 32 = 0 and octet_length(hashes) < 8192),
  primary key (tenant_id, lvl)
);

-- A head in each epoch in which it changed: every slot leaf of the past can be made again.
create table audit.head_at (
  tenant_id uuid not null,
  epoch bigint not null,
  slot integer not null,
  size bigint not null,
  root bytea not null check (octet_length(root) = 32),
  chain bytea not null check (octet_length(chain) = 32),
  salt bytea not null check (octet_length(salt) = 32),
  shredded boolean not null,
  primary key (tenant_id, epoch)
);
create index on audit.head_at (epoch);

-- The epoch log: public, small, no tenant's data. Epoch n is leaf n.
create table audit.epoch (
  epoch bigint primary key check (epoch >= 0),
  base text not null,
  leaf bytea not null check (octet_length(leaf) between 1 and 65535),
  leaf_hash bytea not null generated always as (sha256('\x00'::bytea || leaf)) stored,
  -- The root of the epoch log with this leaf: what its checkpoint says.
  root bytea not null check (octet_length(root) = 32),
  -- What is in each of its slot leaves beside the head.
  incarnation integer not null,
  previous text not null check (previous ~ '^([0-9a-f]{64})?$'),
  fingerprint text not null,
  expected text not null,
  seen pg_snapshot not null default pg_current_snapshot(),
  committed_at timestamptz not null default clock_timestamp()
);
create table audit.epoch_tile (
  lvl smallint not null,
  n bigint not null,
  hashes bytea not null check (octet_length(hashes) = 8192),
  primary key (lvl, n)
);
create table audit.epoch_partial_tile (
  lvl smallint primary key check (lvl > 0),
  n bigint not null,
  hashes bytea not null check (octet_length(hashes) % 32 = 0 and octet_length(hashes) < 8192)
);
-- Leaf hashes of the slot trees of late: what a tenant proves its own slot with. They are salted and tell nothing of the neighbours.
create table audit.epoch_slots (
  epoch bigint primary key references audit.epoch (epoch),
  hashes bytea not null check (octet_length(hashes) % 32 = 0)
);

create table audit.tenant_checkpoint (
  tenant_id uuid not null,
  epoch bigint not null,
  size bigint not null,
  note text not null,
  created_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, epoch)
);

call platform.isolate_tenant_rows('audit.partial_tile');
call platform.isolate_tenant_rows('audit.head_at');
call platform.isolate_tenant_rows('audit.tenant_checkpoint');
call audit.guard('audit.head_at');
call audit.guard('audit.tenant_checkpoint');
call audit.guard('audit.epoch');
call audit.guard('audit.epoch_tile');

-- Row-level security stays forced. These policies are the sequencer's alone, and its grants say which verbs and columns.
create policy sequencer_reads on audit.entry for select to countersign_sequencer using (true);
create policy sequencer_works on audit.leaf to countersign_sequencer using (true) with check (true);
create policy sequencer_works on audit.tile to countersign_sequencer using (true) with check (true);
create policy sequencer_works on audit.partial_tile to countersign_sequencer using (true) with check (true);
create policy sequencer_works on audit.head to countersign_sequencer using (true) with check (true);
create policy sequencer_works on audit.head_at to countersign_sequencer using (true) with check (true);
create policy sequencer_works on audit.tenant_checkpoint to countersign_sequencer using (true) with check (true);

grant select, insert, update on audit.partial_tile, audit.epoch_partial_tile to countersign_sequencer;
grant select, insert (tenant_id, epoch, slot, size, root, chain, salt, shredded) on audit.head_at to countersign_sequencer;
grant select, insert (tenant_id, epoch, size, note) on audit.tenant_checkpoint to countersign_sequencer;
grant select, insert (epoch, base, leaf, root, incarnation, previous, fingerprint, expected) on audit.epoch to countersign_sequencer;
grant select, insert on audit.epoch_tile to countersign_sequencer;
grant select, insert, delete on audit.epoch_slots to countersign_sequencer;

grant select on audit.partial_tile, audit.head_at, audit.tenant_checkpoint, audit.epoch, audit.epoch_tile,
  audit.epoch_partial_tile, audit.epoch_slots to countersign_app, countersign_verifier, countersign_auditor;
