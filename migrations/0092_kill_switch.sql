-- The kill switch: a row stops everything in its scope, for as long as it is there. Who stopped what and when, and who took it back, is in the log.

create schema controls;
grant usage on schema controls to countersign_app, countersign_operator, countersign_auditor;

-- A registry, closed to every role: a server must know the kills of all tenants before it knows who asks. The functions below are the only ways to it.
create table controls.kill (
  kill_id uuid primary key default platform.uuidv7(),
  scope text not null check (scope in ('platform', 'tenant', 'agent', 'repository')),
  tenant_id uuid references platform.tenant (id),
  agent_id uuid,
  -- GitHub's number.
  repository_id bigint check (repository_id > 0),
  -- An operator's, or a tenant's person's, words. Shown to operators and to that tenant, never to an agent.
  reason text not null check (length(reason) between 1 and 500),
  killed_by text not null check (length(killed_by) between 1 and 200),
  killed_at timestamptz not null default clock_timestamp(),
  check ((scope = 'platform') = (tenant_id is null)),
  check ((scope = 'agent') = (agent_id is not null)),
  check ((scope = 'repository') = (repository_id is not null))
);
create index on controls.kill (tenant_id);
grant select (tenant_id) on controls.kill to countersign_auditor;

-- Who listens reads again at once; who cannot listen reads four times a second anyway.
create function controls.kill_changed() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  perform pg_notify('countersign_kill', '');
  return null;
end $$;
create trigger changed after insert or update or delete or truncate on controls.kill for each statement execute function controls.kill_changed();
alter table controls.kill enable always trigger changed;

-- Ids and instants: what any process of ours has to know. No reason, no name: those are one tenant's.
create function controls.killed(out scope text, out tenant_id uuid, out agent_id uuid, out repository_id bigint, out killed_at timestamptz)
  returns setof record language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select k.scope, k.tenant_id, k.agent_id, k.repository_id, min(k.killed_at) from controls.kill k group by 1, 2, 3, 4
$$;

create function controls.kill(of_scope text, of_tenant uuid, of_agent uuid, of_repository bigint, because text, by_whom text) returns uuid
  language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
  insert into controls.kill as k (scope, tenant_id, agent_id, repository_id, reason, killed_by)
  values (of_scope, of_tenant, of_agent, of_repository, because, by_whom) returning k.kill_id
$$;

-- A tenant's own person, on a page: only what is the tenant's own, by its claim.
create function controls.kill_own(of_scope text, of_agent uuid, of_repository bigint, because text, by_whom text) returns uuid
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if of_scope = 'platform' or app.tid() is null then
    raise exception 'A tenant stops what is its own' using errcode = 'insufficient_privilege';
  end if;
  return controls.kill(of_scope, app.tid(), of_agent, of_repository, because, by_whom);
end $$;

create function controls.kills(out kill_id uuid, out scope text, out tenant_id uuid, out prefix text, out agent_id uuid, out repository_id bigint,
    out reason text, out killed_by text, out killed_at timestamptz)
  returns setof record language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select k.kill_id, k.scope, k.tenant_id, t.prefix, k.agent_id, k.repository_id, k.reason, k.killed_by, k.killed_at
  from controls.kill k left join platform.tenant t on t.id = k.tenant_id order by k.kill_id
$$;

-- The claimed tenant about itself.
create function controls.own_kills(out kill_id uuid, out scope text, out tenant_id uuid, out prefix text, out agent_id uuid, out repository_id bigint,
    out reason text, out killed_by text, out killed_at timestamptz)
  returns setof record language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select k.* from controls.kills() k where k.tenant_id = (select app.tid())
$$;

-- INVARIANT: exactly the kills that two people agreed on. One that came later stops for a reason that they did not know. Not the server's to call.
create function controls.rearm(given uuid[]) returns integer
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  changed integer;
begin
  delete from controls.kill k where k.kill_id = any (given);
  get diagnostics changed = row_count;
  return changed;
end $$;

grant execute on function controls.killed() to countersign_app, countersign_operator;
grant execute on function controls.kill_own(text, uuid, bigint, text, text), controls.own_kills() to countersign_app;
grant execute on function controls.kill(text, uuid, uuid, bigint, text, text), controls.kills(), controls.rearm(uuid[]) to countersign_operator;
