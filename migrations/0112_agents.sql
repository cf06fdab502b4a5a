-- Agents: who may ask for tool calls, on whose behalf, and with which keys.

create table identity.agent (
  tenant_id uuid not null,
  agent_id uuid not null default platform.uuidv7(),
  name text not null check (name ~ '^[A-Za-z0-9][A-Za-z0-9 ._@+-]{0,59}$'),
  -- GitHub's number of the person on whose behalf it acts. That person never approves what it asks for.
  requester bigint not null check (requester > 0),
  -- null: whichever there are. A tool that comes with a later version is then its, too.
  tools text[] check (cardinality(tools) between 1 and 100),
  added_at timestamptz not null default now(),
  revoked_at timestamptz,
  primary key (tenant_id, agent_id)
);
create unique index agent_one_of_a_name on identity.agent (tenant_id, lower(name)) where revoked_at is null;
call platform.isolate_tenant_rows('identity.agent');
grant select on identity.agent to countersign_app, countersign_operator;
grant insert (tenant_id, name, requester, tools), update (revoked_at) on identity.agent to countersign_operator;

-- INVARIANT: what asks for calls is an agent's and reads no log, and what reads the log asks for nothing: one stolen key is one thing.
alter table identity.api_key
  add column agent_id uuid,
  add foreign key (tenant_id, agent_id) references identity.agent (tenant_id, agent_id) on delete cascade,
  drop constraint if exists api_key_capabilities_check,
  add constraint api_key_capabilities_check check (cardinality(capabilities) between 1 and 16
    and capabilities <@ (case when agent_id is null then array['audit.read'] else array['agent.call'] end));

-- No row: this tenant has no such agent, or it is revoked.
create function identity.issue_agent_key(given_sha256 bytea, given_agent uuid, given_name text, days integer, out key_id uuid, out expires_at timestamptz)
  returns setof record language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
  insert into identity.api_key (tenant_id, sha256, name, capabilities, expires_at, agent_id)
  select a.tenant_id, given_sha256, given_name, array['agent.call'], now() + make_interval(days => days), a.agent_id
  from identity.agent a where a.tenant_id = app.tid() and a.agent_id = given_agent and a.revoked_at is null for update
  returning api_key.key_id, api_key.expires_at
$$;

-- With its keys, in one statement: nobody is left who could ask in its name.
create function identity.revoke_agent(given_agent uuid, out revoked_at timestamptz, out already boolean, out keys integer)
  returns setof record language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  select a.revoked_at, a.revoked_at is not null into revoke_agent.revoked_at, already
    from identity.agent a where a.tenant_id = app.tid() and a.agent_id = given_agent for update;
  if not found then
    return;
  end if;
  if not already then
    update identity.agent a set revoked_at = now() where a.tenant_id = app.tid() and a.agent_id = given_agent
      returning a.revoked_at into revoke_agent.revoked_at;
  end if;
  update identity.api_key k set revoked_at = now() where k.tenant_id = app.tid() and k.agent_id = given_agent and k.revoked_at is null;
  get diagnostics keys = row_count;
  return next;
end $$;

-- Whose agent's key has this hash. Unknown, expired, revoked and another kind of key are the same: no row.
create function identity.agent_of_key(given_sha256 bytea, out tenant_id uuid, out key_id uuid, out agent_id uuid)
  returns setof record language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select k.tenant_id, k.key_id, k.agent_id from identity.api_key k
  where k.sha256 = given_sha256 and k.agent_id is not null and k.revoked_at is null and k.expires_at > clock_timestamp()
$$;

-- As before (0045_query.sql), and whose agent's it is.
drop function if exists identity.own_keys();
create function identity.own_keys(out key_id uuid, out name text, out capabilities text[], out issued_at timestamptz,
    out expires_at timestamptz, out revoked_at timestamptz, out last_used_at timestamptz, out agent_id uuid)
  returns setof record language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select k.key_id, k.name, k.capabilities, k.issued_at, k.expires_at, k.revoked_at, k.last_used_at, k.agent_id
  from identity.api_key k where k.tenant_id = app.tid() order by k.key_id
$$;

-- As before (0060_key_rotation.sql): the successor of an agent's key is the same agent's.
create or replace function identity.rotate_key(old_sha256 bytea, new_sha256 bytea,
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
  insert into identity.api_key as n (tenant_id, sha256, name, capabilities, expires_at, agent_id)
    values (old.tenant_id, new_sha256, old.name, old.capabilities, now() + (old.expires_at - old.issued_at), old.agent_id)
    returning n.key_id, n.expires_at into key_id, expires_at;
  update identity.api_key k set successor = rotate_key.key_id, expires_at = least(k.expires_at, now() + interval '1 day')
    where k.key_id = old.key_id returning k.expires_at into old_ends_at;
  return next;
end $$;

grant execute on function identity.issue_agent_key(bytea, uuid, text, integer), identity.revoke_agent(uuid), identity.own_keys()
  to countersign_operator;
grant execute on function identity.agent_of_key(bytea) to countersign_app;
