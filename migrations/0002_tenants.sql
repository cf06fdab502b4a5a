-- What the operator may do to the registry. The app's own role has none of this: a break-in through the app
-- cannot create a tenant or move an installation from one tenant to another.

create function platform.onboard_tenant(wanted_prefix text, wanted_region text, out tenant_id uuid, out epoch integer, out expires_at bigint)
  returns setof record language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  made uuid;
begin
  insert into platform.tenant (prefix, region) values (wanted_prefix, wanted_region)
    on conflict (prefix) do nothing returning id into made;
  if made is not null then
    return query select f.tenant_id, f.epoch, f.expires_at from platform.claim_facts(made) f;
  end if;
end $$;

-- The tenant that owns the installation afterwards: another one than asked for means that it was taken.
create function platform.bind_installation(installation bigint, wanted_tenant uuid, on_host text) returns uuid
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  owner uuid;
begin
  insert into platform.installation (installation_id, tenant_id, host) values (installation, wanted_tenant, on_host)
    on conflict (installation_id) do nothing;
  select i.tenant_id into owner from platform.installation i where i.installation_id = installation;
  if owner = wanted_tenant then
    delete from platform.installation_seen s where s.installation_id = installation;
  end if;
  return owner;
end $$;

create function platform.tenants(out tenant_id uuid, out prefix text, out state text, out slot integer, out region text, out installations bigint[])
  returns setof record language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select t.id, t.prefix, t.state::text, t.slot, t.region,
    array(select i.installation_id from platform.installation i where i.tenant_id = t.id order by 1)
  from platform.tenant t order by t.slot
$$;

create function platform.unbound_installations(out installation_id bigint, out host text, out first_seen timestamptz, out deliveries bigint)
  returns setof record language sql stable security definer set search_path = pg_catalog, pg_temp
as $$ select s.installation_id, s.host, s.first_seen, s.deliveries from platform.installation_seen s order by s.first_seen $$;

grant execute on function
  platform.onboard_tenant(text, text), platform.bind_installation(bigint, uuid, text), platform.tenants(), platform.unbound_installations()
  to countersign_operator;
