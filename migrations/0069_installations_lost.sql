-- What GitHub says of an installation that a tenant has: suspended there, taken back, or uninstalled, which is for good: one that is
-- installed again has another number.

alter table platform.installation
  add column suspended_at timestamptz,
  add column gone_at timestamptz,
  -- Of the newest delivery about its state: one that was overtaken by it changes nothing.
  add column told_at timestamptz;

-- `said` is the delivery's action, or `heard` for any other delivery: GitHub sends none for an installation that is suspended, so that
-- one that came later lifts what an overtaken or lost delivery left. True: its state is another one now.
-- INVARIANT: only the claimed tenant's own. What is gone stays gone.
create function platform.note_installation_state(installation bigint, said text, received_at timestamptz) returns boolean
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  known platform.installation;
begin
  if said = 'heard' then
    update platform.installation i set suspended_at = null, told_at = received_at
      where i.installation_id = installation and i.tenant_id = app.tid() and i.gone_at is null and i.suspended_at < received_at;
    return found;
  end if;
  select * into known from platform.installation i
    where i.installation_id = installation and i.tenant_id = app.tid() and i.gone_at is null for no key update;
  if not found then
    return false;
  end if;
  if said = 'deleted' then
    update platform.installation i set gone_at = received_at, told_at = received_at where i.installation_id = installation;
    return true;
  end if;
  if said not in ('suspend', 'unsuspend') or known.told_at > received_at then
    return false;
  end if;
  update platform.installation i set told_at = received_at,
      suspended_at = case when said = 'suspend' then coalesce(i.suspended_at, received_at) end
    where i.installation_id = installation;
  return (known.suspended_at is null) = (said = 'suspend');
end $$;

-- The claimed tenant's installations that nothing can be read or written through.
create function platform.lost_installations(out installation_id bigint, out state text)
  returns setof record language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select i.installation_id, case when i.gone_at is not null then 'gone' else 'suspended' end
  from platform.installation i
  where i.tenant_id = (select app.tid()) and (i.gone_at is not null or i.suspended_at is not null) order by 1
$$;

grant execute on function platform.note_installation_state(bigint, text, timestamptz), platform.lost_installations()
  to countersign_app, countersign_operator;

drop function platform.tenants();
create function platform.tenants(out tenant_id uuid, out prefix text, out state text, out slot integer, out region text,
    out installations bigint[], out suspended_installations bigint[], out gone_installations bigint[],
    out onboarded_at timestamptz, out suspended_at timestamptz, out valid_keys integer)
  returns setof record language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select t.id, t.prefix, t.state::text, t.slot, t.region,
    array(select i.installation_id from platform.installation i where i.tenant_id = t.id order by 1),
    array(select i.installation_id from platform.installation i
      where i.tenant_id = t.id and i.gone_at is null and i.suspended_at is not null order by 1),
    array(select i.installation_id from platform.installation i where i.tenant_id = t.id and i.gone_at is not null order by 1),
    t.onboarded_at, t.suspended_at,
    (select count(*)::integer from identity.api_key k
      where k.tenant_id = t.id and k.revoked_at is null and k.expires_at > clock_timestamp())
  from platform.tenant t where t.slot > 0 order by t.slot
$$;
grant execute on function platform.tenants() to countersign_operator;
