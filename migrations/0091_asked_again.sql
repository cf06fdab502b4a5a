-- What was confirmed by an operator who was revoked since counts no longer (identity.take_act), so it is no answer to who asks again
-- either: a new act waits for somebody else.

create or replace function identity.ask_act(by_sha256 bytea, given_act bytea, of_tenant uuid,
    out act_id uuid, out operator text, out expires_at timestamptz, out confirmed_by text, out is_new boolean)
  returns setof record language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  asker record;
begin
  select * into asker from identity.operator_of(by_sha256);
  if not found then
    return;
  end if;
  perform pg_advisory_xact_lock(hashtext('identity.act'), 0);
  delete from identity.act a where a.expires_at <= clock_timestamp();
  delete from identity.act a using identity.operator o
    where a.act = given_act and a.asked_by = asker.operator_id and o.operator_id = a.confirmed_by and o.revoked_at is not null;
  operator := asker.name;
  select a.act_id, a.expires_at, o.name, false into act_id, expires_at, confirmed_by, is_new
    from identity.act a left join identity.operator o on o.operator_id = a.confirmed_by
    where a.act = given_act and a.asked_by = asker.operator_id order by a.confirmed_at nulls last limit 1;
  if not found then
    insert into identity.act as a (act, tenant_id, asked_by) values (given_act, of_tenant, asker.operator_id)
      returning a.act_id, a.expires_at into act_id, expires_at;
    is_new := true;
  end if;
  return next;
end $$;
