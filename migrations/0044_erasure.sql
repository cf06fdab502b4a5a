-- What may leave the log, and only so: bodies and leaf bytes of a tenant whose erasure was ordered and witnessed, and months whose
-- copy lies in WORM storage. Hashes, tiles, heads and checkpoints stay for ever, so every tree goes on verifying.
--
-- Routines named audit.erase_* belong to countersign_eraser (src/platform/postgres/guards.ts): nobody logs in as it, and it alone
-- may delete. INVARIANT: the rows' own triggers ask whether this row may go; a procedure with a mistake deletes nothing more.

-- A hold set on a tenant's data by whoever has to keep it. In force until it is lifted; set and lifted are entries of their own.
create table audit.legal_hold (
  tenant_id uuid not null,
  -- The entry that set it.
  hold_id uuid not null,
  act text not null check (act in ('set', 'lift')),
  at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, hold_id, act)
);

-- One row for each order. The order is an entry tenant.erase.ordered in the tenant's own log; after a restore to a time before it,
-- when the tenant's keys are gone and its log can seal nothing, in the platform's log.
create table audit.erasure (
  tenant_id uuid not null,
  order_log uuid not null,
  order_id uuid not null,
  at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, order_id),
  check (order_log in (tenant_id, '00000000-0000-7000-8000-000000000000')),
  check (tenant_id <> '00000000-0000-7000-8000-000000000000')
);

-- How far an erasure got: each step once, so that it goes on where it stopped.
create table audit.erasure_step (
  tenant_id uuid not null,
  order_id uuid not null,
  step text not null check (step in ('admitted', 'keys_destroyed', 'rows_deleted', 'pinned', 'checked', 'certified')),
  -- Counts and digests; no tenant's data.
  detail text not null default '' check (length(detail) <= 2000),
  at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, order_id, step),
  foreign key (tenant_id, order_id) references audit.erasure (tenant_id, order_id)
);

call platform.isolate_tenant_rows('audit.legal_hold');
call platform.isolate_tenant_rows('audit.erasure');
call platform.isolate_tenant_rows('audit.erasure_step');
call audit.guard('audit.legal_hold');
call audit.guard('audit.erasure');
call audit.guard('audit.erasure_step');

grant select, insert (tenant_id, hold_id, act) on audit.legal_hold to countersign_operator;
grant select on audit.legal_hold, audit.erasure, audit.erasure_step to countersign_auditor, countersign_verifier;

-- The eraser sees every tenant's rows, by columns: never a body's bytes.
create policy eraser on audit.entry to countersign_eraser using (true);
create policy eraser on audit.body to countersign_eraser using (true);
create policy eraser on audit.search to countersign_eraser using (true);
create policy eraser on audit.leaf for select to countersign_eraser using (true);
create policy eraser on audit.head to countersign_eraser using (true) with check (true);
create policy eraser on audit.head_at for select to countersign_eraser using (true);
create policy eraser on audit.legal_hold for select to countersign_eraser using (true);
create policy eraser on audit.erasure to countersign_eraser using (true) with check (true);
create policy eraser on audit.erasure_step to countersign_eraser using (true) with check (true);
grant usage on schema audit, platform to countersign_eraser;
grant select (tenant_id, entry_id, ts, leaf), delete on audit.entry to countersign_eraser;
grant select (tenant_id, entry_id, part), delete on audit.body to countersign_eraser;
grant select (tenant_id, entry_id), delete on audit.search to countersign_eraser;
grant select (tenant_id, idx, entry_id) on audit.leaf to countersign_eraser;
grant select (tenant_id, shredded), update (shredded) on audit.head to countersign_eraser;
grant select (tenant_id, epoch, size) on audit.head_at to countersign_eraser;
grant select on audit.legal_hold, audit.month, audit.checkpoint to countersign_eraser;
grant select, insert (tenant_id, order_log, order_id) on audit.erasure to countersign_eraser;
grant select, insert (tenant_id, order_id, step, detail) on audit.erasure_step to countersign_eraser;
grant select, insert (month, entry_id, worm_digest) on audit.retired_month to countersign_eraser;
grant select (id, state, epoch), update (state, epoch) on platform.tenant to countersign_eraser;

create function audit.erase_on_hold(tenant uuid) returns boolean
  language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select exists (select from audit.legal_hold s where s.tenant_id = tenant and s.act = 'set'
    and not exists (select from audit.legal_hold l where l.tenant_id = s.tenant_id and l.hold_id = s.hold_id and l.act = 'lift'))
$$;

-- The month of an id that begins with milliseconds.
create function audit.month_of(entry uuid) returns date
  language sql immutable set search_path = pg_catalog, pg_temp
as $$
  select date_trunc('month', to_timestamp(('x' || left(replace(entry::text, '-', ''), 12))::bit(48)::bigint / 1000.0) at time zone 'UTC')::date
$$;

-- Whether a head that holds the entry was witnessed: an epoch of it has a checkpoint, and that one or a later one a cosignature.
create function audit.erase_is_witnessed(log uuid, entry uuid) returns boolean
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
  committed bigint;
  answer boolean;
begin
  select min(h.epoch) into committed from audit.leaf l join audit.head_at h on h.tenant_id = l.tenant_id and h.size > l.idx
    where l.tenant_id = log and l.entry_id = entry;
  if committed is null then
    return false;
  end if;
  if to_regclass('audit.cosignature') is not null then
    execute 'select exists (select from audit.cosignature c where c.epoch >= $1)' into answer using committed;
    if answer then
      return true;
    end if;
  end if;
  return exists (select from audit.checkpoint c where c.epoch >= committed and c.cosignatures <> '');
end $$;

create function audit.erase_is_entry(log uuid, entry uuid, wanted_kind text) returns boolean
  language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select exists (select from audit.entry e where e.tenant_id = log and e.entry_id = entry
    and convert_from(e.leaf, 'UTF8')::json ->> 'kind' = wanted_kind and convert_from(e.leaf, 'UTF8')::json ->> 'outcome' = 'success')
$$;

-- INVARIANT: an erasure is admitted by a witnessed order of the right kind in the right log, and never under a hold. The table asks
-- it, so that neither a procedure nor its caller decides it.
create function audit.erase_check_step() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
  log uuid;
begin
  if new.step <> 'admitted' then
    if not exists (select from audit.erasure_step s where s.tenant_id = new.tenant_id and s.order_id = new.order_id and s.step = 'admitted') then
      raise exception 'The erasure was not admitted' using errcode = 'insufficient_privilege';
    end if;
    return new;
  end if;
  select e.order_log into log from audit.erasure e where e.tenant_id = new.tenant_id and e.order_id = new.order_id;
  if not audit.erase_is_entry(log, new.order_id, 'tenant.erase.ordered') then
    raise exception 'The erasure has no order: there is no such entry tenant.erase.ordered' using errcode = 'insufficient_privilege';
  end if;
  if not audit.erase_is_witnessed(log, new.order_id) then
    raise exception 'The erasure waits: its order is not witnessed yet' using errcode = 'insufficient_privilege';
  end if;
  if audit.erase_on_hold(new.tenant_id) then
    raise exception 'The erasure is refused: a legal hold is on this tenant' using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger admission before insert on audit.erasure_step for each row execute function audit.erase_check_step();
alter table audit.erasure_step enable always trigger admission;

-- What stands in a month, in numbers. `late`: written so long after the month that its id cannot be of it; somebody gave it an old
-- one to have it dropped early.
create function audit.erase_month_facts(of_month date, out entries bigint, out bodies bigint, out unsequenced bigint, out newest timestamptz, out held bigint)
  language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  with bounds as (select audit.uuid_floor(of_month::timestamp at time zone 'UTC') as first, audit.uuid_floor((of_month + interval '1 month')::timestamp at time zone 'UTC') as last),
    e as materialized (select e.tenant_id, e.entry_id, e.ts from audit.entry e, bounds where e.entry_id >= bounds.first and e.entry_id < bounds.last)
  select (select count(*) from e),
    (select count(*) from audit.body b, bounds where b.entry_id >= bounds.first and b.entry_id < bounds.last),
    (select count(*) from e where not exists (select from audit.leaf l where l.tenant_id = e.tenant_id and l.entry_id = e.entry_id)),
    (select max(e.ts) from e),
    (select count(*) from (select distinct e.tenant_id from e) t where audit.erase_on_hold(t.tenant_id))
$$;

-- INVARIANT: no program and no setting lets a month go before half a year is over (EU AI Act, Art. 19 and 26(6)), under a hold, with
-- entries that no tree holds, or without an entry that says so.
create function audit.erase_check_month() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
  facts record;
begin
  select * into facts from audit.erase_month_facts(new.month);
  if new.month + interval '7 months' > now() or facts.newest > now() - interval '6 months' then
    raise exception 'The month stays: its entries are not six months old' using errcode = 'insufficient_privilege';
  end if;
  if facts.unsequenced > 0 then
    raise exception 'The month stays: % of its entries are in no tree', facts.unsequenced using errcode = 'insufficient_privilege';
  end if;
  if facts.held > 0 then
    raise exception 'The month stays: % tenants with entries in it are under a legal hold', facts.held using errcode = 'insufficient_privilege';
  end if;
  if not audit.erase_is_entry('00000000-0000-7000-8000-000000000000', new.entry_id, 'retention.drop') then
    raise exception 'The month stays: the platform''s log has no such entry retention.drop' using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger admission before insert on audit.retired_month for each row execute function audit.erase_check_month();
alter table audit.retired_month enable always trigger admission;

create function audit.erase_admits(of_tenant uuid, entry uuid) returns boolean
  language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select exists (select from audit.erasure_step a where a.tenant_id = of_tenant and a.step = 'admitted'
      and not exists (select from audit.erasure_step c where c.tenant_id = a.tenant_id and c.order_id = a.order_id and c.step = 'certified'))
    and not audit.erase_on_hold(of_tenant)
    or exists (select from audit.retired_month m where m.month = audit.month_of(entry))
$$;

create or replace function audit.refuse() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  -- Partitions of the log are audit.entry_...; TRUNCATE has no row to ask about and stays refused.
  if tg_op = 'DELETE' and current_user = 'countersign_eraser' and tg_table_schema = 'audit' and tg_table_name ~ '^(body|entry|entry_.*)$' then
    if audit.erase_admits(old.tenant_id, old.entry_id) then
      return old;
    end if;
  end if;
  raise exception 'The audit log is append-only: % on %.% is refused', tg_op, tg_table_schema, tg_table_name
    using errcode = 'insufficient_privilege';
end $$;

-- The order's row, in the transaction of its entry.
create procedure audit.erase_order(tenant uuid, log uuid, entry uuid)
  language sql security definer set search_path = pg_catalog, pg_temp
as $$ insert into audit.erasure (tenant_id, order_log, order_id) values (tenant, log, entry) on conflict do nothing $$;

-- Where an erasure is: its newest order, and its steps in the order in which they were taken.
create function audit.erase_state(tenant uuid, out order_log uuid, out order_id uuid, out witnessed boolean, out held boolean, out steps text[], out bodies bigint, out entries bigint, out found bigint)
  returns setof record language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select e.order_log, e.order_id, audit.erase_is_witnessed(e.order_log, e.order_id), audit.erase_on_hold(tenant),
    array(select s.step from audit.erasure_step s where s.tenant_id = e.tenant_id and s.order_id = e.order_id order by s.at),
    (select count(*) from audit.body b where b.tenant_id = tenant), (select count(*) from audit.entry n where n.tenant_id = tenant),
    (select count(*) from audit.search i where i.tenant_id = tenant)
  from audit.erasure e where e.tenant_id = tenant order by e.at desc, e.order_id desc limit 1
$$;

create function audit.erase_steps(tenant uuid, entry uuid, out step text, out detail text, out at timestamptz)
  returns setof record language sql stable security definer set search_path = pg_catalog, pg_temp
as $$ select s.step, s.detail, s.at from audit.erasure_step s where s.tenant_id = tenant and s.order_id = entry order by s.at $$;

create function audit.erase_rows_left(tenant uuid) returns boolean
  language sql stable security definer set search_path = pg_catalog, pg_temp
as $$ select exists (select from audit.body b where b.tenant_id = tenant) or exists (select from audit.entry e where e.tenant_id = tenant) $$;

-- Admitted: from here on nobody can claim the tenant, so that nothing is written that would be erased unread.
create procedure audit.erase_tenant_begin(tenant uuid, entry uuid)
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  insert into audit.erasure_step (tenant_id, order_id, step) values (tenant, entry, 'admitted') on conflict do nothing;
  update platform.tenant t set state = 'purging', epoch = t.epoch + 1 where t.id = tenant and t.state in ('active', 'suspended');
end $$;

create procedure audit.erase_tenant_step(tenant uuid, entry uuid, taken text, about text)
  language sql security definer set search_path = pg_catalog, pg_temp
as $$ insert into audit.erasure_step (tenant_id, order_id, step, detail) values (tenant, entry, taken, about) on conflict do nothing $$;

-- At most `batch` rows of each table; gives how many went. What hangs on an entry goes before it.
create function audit.erase_tenant_rows(tenant uuid, batch integer) returns bigint
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  gone bigint := 0;
  n bigint;
begin
  delete from audit.search s where s.tenant_id = tenant
    and s.entry_id in (select x.entry_id from audit.search x where x.tenant_id = tenant limit batch);
  get diagnostics n = row_count;
  gone := gone + n;
  delete from audit.body b where b.tenant_id = tenant
    and b.entry_id in (select x.entry_id from audit.body x where x.tenant_id = tenant limit batch);
  get diagnostics n = row_count;
  gone := gone + n;
  delete from audit.entry e where e.tenant_id = tenant
    and e.entry_id in (select x.entry_id from audit.entry x where x.tenant_id = tenant
      and not exists (select from audit.body b where b.tenant_id = x.tenant_id and b.entry_id = x.entry_id) limit batch);
  get diagnostics n = row_count;
  return gone + n;
end $$;

-- The tenant's slot shows its last head from now on, marked.
create procedure audit.erase_tenant_pin(tenant uuid)
  language sql security definer set search_path = pg_catalog, pg_temp
as $$ update audit.head h set shredded = true where h.tenant_id = tenant and not h.shredded $$;

create procedure audit.erase_tenant_end(tenant uuid, entry uuid, about text)
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if exists (select from audit.body b where b.tenant_id = tenant) or exists (select from audit.entry e where e.tenant_id = tenant) then
    raise exception 'There is something of the tenant left: the erasure has no certificate' using errcode = 'insufficient_privilege';
  end if;
  insert into audit.erasure_step (tenant_id, order_id, step, detail) values (tenant, entry, 'certified', about) on conflict do nothing;
  update platform.tenant t set state = 'purged' where t.id = tenant and t.state = 'purging';
end $$;

create procedure audit.erase_month_begin(of_month date, entry uuid, digest text)
  language sql security definer set search_path = pg_catalog, pg_temp
as $$ insert into audit.retired_month (month, entry_id, worm_digest) values (of_month, entry, digest) $$;

create function audit.erase_month_rows(of_month date, batch integer) returns bigint
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  first uuid := audit.uuid_floor(of_month::timestamp at time zone 'UTC');
  last uuid := audit.uuid_floor((of_month + interval '1 month')::timestamp at time zone 'UTC');
  gone bigint := 0;
  n bigint;
begin
  delete from audit.search s where (s.tenant_id, s.entry_id) in
    (select x.tenant_id, x.entry_id from audit.search x where x.entry_id >= first and x.entry_id < last limit batch);
  get diagnostics n = row_count;
  gone := gone + n;
  delete from audit.body b where (b.tenant_id, b.entry_id) in
    (select x.tenant_id, x.entry_id from audit.body x where x.entry_id >= first and x.entry_id < last limit batch);
  get diagnostics n = row_count;
  return gone + n;
end $$;

-- DDL is the tables' owner's. With the break-glass setting, and so with a row of its own.
create procedure audit.drop_month(of_month date)
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
  part text := 'entry_' || to_char(of_month, 'YYYY_MM');
begin
  if not exists (select from audit.retired_month m where m.month = of_month) then
    raise exception 'The month was not retired' using errcode = 'insufficient_privilege';
  end if;
  if to_regclass('audit.' || part) is null then
    return;
  end if;
  perform set_config('audit.migration', 'retention ' || to_char(of_month, 'YYYY-MM'), true);
  execute format('alter table audit.entry detach partition audit.%I', part);
  execute format('drop table audit.%I', part);
  perform set_config('audit.migration', '', true);
end $$;

grant usage on schema audit to countersign_eraser;
grant execute on function audit.uuid_floor(timestamptz) to countersign_eraser, countersign_operator, countersign_verifier;
grant execute on function audit.month_of(uuid) to countersign_eraser;
grant execute on function audit.erase_on_hold(uuid), audit.erase_state(uuid), audit.erase_steps(uuid, uuid), audit.erase_rows_left(uuid), audit.erase_tenant_rows(uuid, integer),
  audit.erase_month_facts(date), audit.erase_month_rows(date, integer) to countersign_operator;
grant execute on procedure audit.erase_order(uuid, uuid, uuid), audit.erase_tenant_begin(uuid, uuid), audit.erase_tenant_step(uuid, uuid, text, text),
  audit.erase_tenant_pin(uuid), audit.erase_tenant_end(uuid, uuid, text), audit.erase_month_begin(date, uuid, text), audit.drop_month(date)
  to countersign_operator;

-- The sequencer's own commit flushes everything before it: whoever is sequenced is durable, also where the app got round the check
-- (it can, with SET CONSTRAINTS). So the sequencer may not switch that off either; one row in each of its batches.
create constraint trigger durable_commit after update on audit.sequencer
  deferrable initially deferred for each row execute function audit.refuse_asynchronous_commit();
alter table audit.sequencer enable always trigger durable_commit;
