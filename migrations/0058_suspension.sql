-- Suspending a client, and taking it back; and what the operator's list says of each client, suspended or not.

alter table platform.tenant add column suspended_at timestamptz;

drop function platform.tenants();
create function platform.tenants(out tenant_id uuid, out prefix text, out state text, out slot integer, out region text,
    out installations bigint[], out onboarded_at timestamptz, out suspended_at timestamptz, out valid_keys integer)
  returns setof record language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select t.id, t.prefix, t.state::text, t.slot, t.region,
    array(select i.installation_id from platform.installation i where i.tenant_id = t.id order by 1),
    t.onboarded_at, t.suspended_at,
    (select count(*)::integer from identity.api_key k
      where k.tenant_id = t.id and k.revoked_at is null and k.expires_at > clock_timestamp())
  from platform.tenant t where t.slot > 0 order by t.slot
$$;

-- INVARIANT: one statement is the whole of it. app.tid() and app.tids() ask for state and epoch, so that with its commit no claim of
-- this tenant shows or takes a row, and none that was signed before ever does again: reinstating raises the epoch once more.
-- False: it is not active. The platform's own log (slot 0) is nobody's to suspend.
create function platform.suspend_tenant(tenant uuid) returns boolean
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  update platform.tenant t set state = 'suspended', epoch = t.epoch + 1, suspended_at = now()
    where t.id = tenant and t.state = 'active' and t.slot > 0;
  return found;
end $$;

-- What a claim of the new epoch is made of. No row: it is not suspended. One that is being erased stays so.
create function platform.reinstate_tenant(tenant uuid, out tenant_id uuid, out epoch integer, out expires_at bigint)
  returns setof record language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  update platform.tenant t set state = 'active', epoch = t.epoch + 1, suspended_at = null
    where t.id = tenant and t.state = 'suspended';
  if found then
    return query select f.tenant_id, f.epoch, f.expires_at from platform.claim_facts(tenant) f;
  end if;
end $$;

grant execute on function platform.tenants(), platform.suspend_tenant(uuid), platform.reinstate_tenant(uuid) to countersign_operator;

-- Of an installation that nobody owns. One whose owner is suspended looks the same to the server, and is on no list of those to be bound.
create or replace function platform.note_installation(installation bigint, on_host text) returns void
  language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
  insert into platform.installation_seen (installation_id, host)
  select installation, on_host where not exists (select from platform.installation i where i.installation_id = installation)
  on conflict (installation_id) do update
    set last_seen = now(), deliveries = installation_seen.deliveries + 1, host = excluded.host
$$;
