-- A client may be erased whose soft phase never ended: no server ran meanwhile, or GitHub did not answer. The hard phase asks for all of
-- it again, and for more, so that what is left open of it keeps no name.
create or replace function platform.end_offboard(tenant uuid, about jsonb) returns boolean
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if exists (select from platform.offboard_step s where s.tenant_id = tenant and s.taken_at is null
      and s.step not in ('certified', 'leases_revoked', 'installations_suspended'))
    or not exists (select from platform.tenant t where t.id = tenant and t.state = 'purged') then
    return false;
  end if;
  delete from platform.installation_seen i
    where i.installation_id::text in (select jsonb_array_elements_text(s.detail -> 'installations')
      from platform.offboard_step s where s.tenant_id = tenant and s.detail ? 'installations');
  update platform.offboard_step s set detail = s.detail - array['installations', 'canary', 'apiKeys'] where s.tenant_id = tenant;
  update platform.offboard_step s set taken_at = clock_timestamp(), detail = about
    where s.tenant_id = tenant and s.step = 'certified' and s.taken_at is null;
  update platform.offboarding o set ended_at = coalesce(o.ended_at, clock_timestamp()), problem = null, failing_since = null, next_try = null
    where o.tenant_id = tenant;
  update platform.tenant t set prefix = null, region = 'local' where t.id = tenant;
  return true;
end $$;
