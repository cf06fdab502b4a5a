-- A key makes its own successor: whoever holds one need not ask an operator for the next.

alter table identity.api_key add column successor uuid references identity.api_key (key_id);

-- By the hash of the key that was presented. INVARIANT: a server that was broken into can replace only keys that it is shown, and
-- each only once; the successor has the same tenant, name, rights and length of life, and never more. The old key goes on for a day.
-- No row: the hash is nobody's here, or ended, or has its successor already.
create function identity.rotate_key(old_sha256 bytea, new_sha256 bytea,
    out old_key uuid, out key_id uuid, out expires_at timestamptz, out old_ends_at timestamptz)
  returns setof record language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  old identity.api_key;
begin
  select k.* into old from identity.api_key k
    where k.sha256 = old_sha256 and k.tenant_id = app.tid() and k.revoked_at is null and k.successor is null
      and k.expires_at > clock_timestamp()
    for update;
  if not found then
    return;
  end if;
  old_key := old.key_id;
  insert into identity.api_key as n (tenant_id, sha256, name, capabilities, expires_at)
    values (old.tenant_id, new_sha256, old.name, old.capabilities, now() + (old.expires_at - old.issued_at))
    returning n.key_id, n.expires_at into key_id, expires_at;
  update identity.api_key k set successor = rotate_key.key_id, expires_at = least(k.expires_at, now() + interval '1 day')
    where k.key_id = old.key_id returning k.expires_at into old_ends_at;
  return next;
end $$;
grant execute on function identity.rotate_key(bytea, bytea) to countersign_app;
