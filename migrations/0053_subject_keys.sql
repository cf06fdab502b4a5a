-- To end a person's key is final. It is the operator's act, with its entry: whoever has broken into the server cannot destroy what was
-- written about people. And under a legal hold it is nobody's.

revoke execute on function keys.destroy_subject(bytea) from countersign_app;

create or replace function keys.destroy_subject(of_subject bytea) returns integer
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  of_tenant uuid := app.tid();
  changed integer;
begin
  if exists (select from audit.legal_hold s where s.tenant_id = of_tenant and s.act = 'set'
    and not exists (select from audit.legal_hold l where l.tenant_id = of_tenant and l.hold_id = s.hold_id and l.act = 'lift')) then
    raise exception 'The key stays: a legal hold is on this tenant' using errcode = 'insufficient_privilege';
  end if;
  update keys.dek d set state = 'destroyed', wrapped = null, destroyed_at = now()
    where d.tenant_id = of_tenant and d.purpose = 'pii' and d.subject = of_subject and d.state <> 'destroyed';
  get diagnostics changed = row_count;
  return changed;
end $$;
