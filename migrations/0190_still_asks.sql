-- INVARIANT: what is revoked is over with its commit, for what it has asked before, too. Asked where a call is decided: neither the agent nor the
-- key that it asked with was revoked since. A key that only ran out, or was followed by another, takes nothing back. NULL: a token of an issuer's.
create function identity.still_asks(given_agent uuid, given_key uuid) returns boolean
  language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select exists (select from identity.agent a where a.tenant_id = app.tid() and a.agent_id = given_agent and a.revoked_at is null)
    and (given_key is null or exists (
      select from identity.api_key k where k.tenant_id = app.tid() and k.key_id = given_key and k.agent_id = given_agent and k.revoked_at is null))
$$;
grant execute on function identity.still_asks(uuid, uuid) to countersign_app;
