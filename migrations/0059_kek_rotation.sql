-- Versions of each tenant's KEK: when each was begun, sealed, and only opened from then on. The keys themselves are never here.
-- A rotation is a row before anything is made: one that a crash cut off is found, and goes on where it stopped.

create type keys.kek_state as enum ('begun', 'active', 'decrypt_only', 'destroyed');

-- Without a row for a tenant: version 1, active since its first data key.
create table keys.kek (
  tenant_id uuid not null,
  version integer not null check (version > 0),
  state keys.kek_state not null default 'begun',
  begun_at timestamptz not null default now(),
  active_at timestamptz,
  retired_at timestamptz,
  destroyed_at timestamptz,
  primary key (tenant_id, version),
  check ((active_at is null) = (state = 'begun')),
  check ((retired_at is not null) = (state in ('decrypt_only', 'destroyed'))),
  check ((destroyed_at is not null) = (state = 'destroyed'))
);
call platform.isolate_tenant_rows('keys.kek');
create unique index kek_one_begun on keys.kek (tenant_id) where state = 'begun';
create unique index kek_one_active on keys.kek (tenant_id) where state = 'active';
grant select on keys.kek to countersign_app, countersign_operator, countersign_auditor;

-- The version that is to be made: of the rotation that is under way, or the next one.
create function keys.kek_begin() returns integer
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  of_tenant uuid := app.tid();
  made integer;
begin
  select k.version into made from keys.kek k where k.tenant_id = of_tenant and k.state = 'begun';
  if found then
    return made;
  end if;
  if not exists (select from keys.kek k where k.tenant_id = of_tenant) then
    insert into keys.kek (tenant_id, version, state, begun_at, active_at)
      select of_tenant, 1, 'active', first.at, first.at
      from (select coalesce(min(d.created_at), now()) as at from keys.dek d where d.tenant_id = of_tenant) as first;
  end if;
  insert into keys.kek (tenant_id, version) select of_tenant, max(k.version) + 1 from keys.kek k where k.tenant_id = of_tenant
    returning version into made;
  return made;
end $$;

-- Data keys in their new wrapping. INVARIANT: a row takes one only in place of the very bytes that were unwrapped for it; what was
-- destroyed meanwhile stays so.
create function keys.kek_rewrap(ids uuid[], before bytea[], after bytea[]) returns integer
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  changed integer;
begin
  update keys.dek d set wrapped = n.after
    from unnest(ids, before, after) as n(id, before, after)
    where d.tenant_id = (select app.tid()) and d.dek_id = n.id and d.wrapped = n.before and d.state <> 'destroyed';
  get diagnostics changed = row_count;
  return changed;
end $$;

-- The version that was begun seals from now on, and the one before it only opens. False: no rotation to it is under way.
create function keys.kek_finish(of_version integer) returns boolean
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  of_tenant uuid := app.tid();
begin
  if not exists (select from keys.kek k where k.tenant_id = of_tenant and k.state = 'begun' and k.version = of_version) then
    return false;
  end if;
  update keys.kek k set state = 'decrypt_only', retired_at = now() where k.tenant_id = of_tenant and k.state = 'active';
  update keys.kek k set state = 'active', active_at = now() where k.tenant_id = of_tenant and k.version = of_version;
  return true;
end $$;

-- Gives the number of versions that are destroyed from now on.
create function keys.kek_end(up_to integer) returns integer
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  changed integer;
begin
  update keys.kek k set state = 'destroyed', destroyed_at = now()
    where k.tenant_id = (select app.tid()) and k.state = 'decrypt_only' and k.version <= up_to;
  get diagnostics changed = row_count;
  return changed;
end $$;

grant execute on function keys.kek_begin(), keys.kek_rewrap(uuid[], bytea[], bytea[]), keys.kek_finish(integer), keys.kek_end(integer)
  to countersign_operator;
