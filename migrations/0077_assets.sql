-- What was made for a tenant outside its own tables, registered in the transaction that makes it: a way out removes and verifies
-- what stands here, and every night each backend is held against it.

-- A registry like platform.installation: no role reads the table, the functions below are the only ways to it. A tenant that is
-- suspended has no claim any more, and that is when its assets are needed.
create table platform.tenant_asset (
  tenant_id uuid not null references platform.tenant (id),
  kind text not null check (kind in ('folder', 'file', 'kek', 'installation', 'api_key')),
  -- clients/acme/, clients/acme/.env, kek/<tenant>, github.com/<number>, api_key/<id>
  locator text not null check (length(locator) between 1 and 500),
  -- Of a file as we wrote it last; null for everything else.
  sha256 bytea check (octet_length(sha256) = 32),
  delete_verb text not null generated always as (case kind
    when 'folder' then 'remove_folder' when 'file' then 'remove_file' when 'kek' then 'destroy_key'
    when 'installation' then 'uninstall' else 'delete_row' end) stored,
  verify_verb text not null generated always as (case kind
    when 'folder' then 'no_folder' when 'file' then 'no_file' when 'kek' then 'key_destroyed'
    when 'installation' then 'installation_gone' else 'no_row' end) stored,
  registered_at timestamptz not null default now(),
  primary key (tenant_id, kind, locator),
  check ((sha256 is null) or kind = 'file')
);

-- Whoever makes one registers it, also who does not know that there is a register.
create function platform.register_made() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_table_name = 'tenant' then
    -- The platform's own log is nobody's to offboard.
    if new.slot > 0 then
      insert into platform.tenant_asset (tenant_id, kind, locator)
        values (new.id, 'folder', 'clients/' || new.prefix || '/'), (new.id, 'kek', 'kek/' || new.id) on conflict do nothing;
    end if;
  elsif tg_table_name = 'installation' then
    insert into platform.tenant_asset (tenant_id, kind, locator)
      values (new.tenant_id, 'installation', new.host || '/' || new.installation_id) on conflict do nothing;
  else
    insert into platform.tenant_asset (tenant_id, kind, locator) values (new.tenant_id, 'api_key', 'api_key/' || new.key_id) on conflict do nothing;
  end if;
  return null;
end $$;
create trigger registered after insert on platform.tenant for each row execute function platform.register_made();
create trigger registered after insert on platform.installation for each row execute function platform.register_made();
create trigger registered after insert on identity.api_key for each row execute function platform.register_made();

insert into platform.tenant_asset (tenant_id, kind, locator)
  select t.id, 'folder', 'clients/' || t.prefix || '/' from platform.tenant t where t.slot > 0
  union all select t.id, 'kek', 'kek/' || t.id from platform.tenant t where t.slot > 0
  union all select i.tenant_id, 'installation', i.host || '/' || i.installation_id from platform.installation i
  union all select k.tenant_id, 'api_key', 'api_key/' || k.key_id from identity.api_key k;

-- A file, before it is written: one that is registered and not there is found; one that is there and not registered would be nobody's.
-- `adopted`: it was there before there was a register; one that is registered keeps what was written.
create function platform.register_file(tenant uuid, path text, content bytea, adopted boolean default false) returns void
  language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
  insert into platform.tenant_asset (tenant_id, kind, locator, sha256) values (tenant, 'file', path, content)
    on conflict (tenant_id, kind, locator) do update
      set sha256 = case when adopted then tenant_asset.sha256 else excluded.sha256 end
$$;

create function platform.tenant_assets(tenant uuid, out kind text, out locator text, out sha256 bytea, out delete_verb text, out verify_verb text, out registered_at timestamptz)
  returns setof record language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select a.kind, a.locator, a.sha256, a.delete_verb, a.verify_verb, a.registered_at
  from platform.tenant_asset a where a.tenant_id = tenant order by a.kind, a.locator
$$;

-- INVARIANT: what still has an owner stays registered. Only the way out of a tenant that is being erased takes a row away.
create function platform.forget_asset(tenant uuid, of_kind text, at_locator text) returns boolean
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  delete from platform.tenant_asset a using platform.tenant t
    where t.id = a.tenant_id and t.state in ('purging', 'purged') and a.tenant_id = tenant and a.kind = of_kind and a.locator = at_locator;
  return found;
end $$;

-- For the nightly look, by a login that is to learn nothing: hashes of what is registered, to be compared with hashes of what is there.
-- `expected`: it should be there. What is being erased, and an installation that its client uninstalled, may be gone.
create function platform.asset_digests(out tenant_id uuid, out kind text, out locator_sha256 bytea, out sha256 bytea, out expected boolean)
  returns setof record language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select a.tenant_id, a.kind, pg_catalog.sha256(convert_to(a.locator, 'UTF8')), a.sha256,
    t.state in ('active', 'suspended') and not exists (select from platform.installation i
      where a.kind = 'installation' and a.locator = i.host || '/' || i.installation_id and i.gone_at is not null)
  from platform.tenant_asset a join platform.tenant t on t.id = a.tenant_id order by a.tenant_id, a.kind, a.locator
$$;

grant execute on function platform.register_file(uuid, text, bytea, boolean), platform.tenant_assets(uuid), platform.forget_asset(uuid, text, text)
  to countersign_operator;
grant execute on function platform.asset_digests() to countersign_operator, countersign_verifier, countersign_auditor;
