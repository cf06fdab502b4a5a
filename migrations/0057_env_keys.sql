-- Rotation of the key under which a tenant's environment is sealed: what sealed until now opens from now on, and seals nothing more.
-- The next one is made by whoever seals next. For the operator's role alone.
create function keys.retire_env() returns integer
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  changed integer;
begin
  update keys.dek d set state = 'decrypt_only'
    where d.tenant_id = (select app.tid()) and d.purpose = 'env' and d.state = 'active';
  get diagnostics changed = row_count;
  return changed;
end $$;
grant execute on function keys.retire_env() to countersign_operator;
