-- Installations of tenants that are gone, as hashes under the tombstones' key: a number that was somebody's is nobody else's afterwards, and
-- what is still delivered for it, or again, leaves no number behind.

create table platform.departed_installation (
  mark bytea primary key check (octet_length(mark) = 32),
  -- Deliveries that came afterwards: answered, dropped, and counted here.
  deliveries bigint not null default 0
);

-- No name of a client has a slash, so that no mark of an installation is one of a name.
create function platform.installation_mark(installation bigint) returns bytea
  language sql stable security definer set search_path = pg_catalog, pg_temp
as $$ select platform.prefix_hmac('installation/' || installation) $$;

create function platform.mark_departed() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  insert into platform.departed_installation (mark) values (platform.installation_mark(old.installation_id)) on conflict do nothing;
  return null;
end $$;
create trigger departed after delete on platform.installation for each row execute function platform.mark_departed();

-- Whose it is, or was: another tenant than asked for means that it was taken. Of one that is gone nobody's id is told.
create or replace function platform.bind_installation(installation bigint, wanted_tenant uuid, on_host text) returns uuid
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  owner uuid;
begin
  if exists (select from platform.departed_installation d where d.mark = platform.installation_mark(installation)) then
    return '00000000-0000-0000-0000-000000000000';
  end if;
  insert into platform.installation (installation_id, tenant_id, host) values (installation, wanted_tenant, on_host)
    on conflict (installation_id) do nothing;
  select i.tenant_id into owner from platform.installation i where i.installation_id = installation;
  if owner = wanted_tenant then
    delete from platform.installation_seen s where s.installation_id = installation;
  end if;
  return owner;
end $$;

create or replace function platform.note_installation(installation bigint, on_host text) returns void
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  update platform.departed_installation d set deliveries = d.deliveries + 1 where d.mark = platform.installation_mark(installation);
  if found then
    return;
  end if;
  insert into platform.installation_seen (installation_id, host)
  select installation, on_host where not exists (select from platform.installation i where i.installation_id = installation)
  on conflict (installation_id) do update
    set last_seen = now(), deliveries = installation_seen.deliveries + 1, host = excluded.host;
end $$;
