-- The circuit breaker: how much an agent changes, call by call, and whether a person has to look before it goes on (X7).

create table controls.breaker (
  tenant_id uuid not null,
  agent_id uuid not null,
  -- Open since then; NULL: closed.
  opened_at timestamptz,
  -- The call that opened it, and what the window would have been with it.
  call_id uuid,
  updates bigint,
  cents bigint,
  primary key (tenant_id, agent_id),
  check ((opened_at is null) = (call_id is null) and (opened_at is null) = (updates is null) and (opened_at is null) = (cents is null))
);
call platform.isolate_tenant_rows('controls.breaker');

-- What was admitted, whether it runs, has run or was refused later: from its admission on it counts.
create table controls.breaker_call (
  tenant_id uuid not null,
  agent_id uuid not null,
  call_id uuid not null,
  -- SHA-256 of the agent's own word for its session.
  session bytea not null check (octet_length(session) = 32),
  updates bigint not null check (updates between 0 and 1000000000000),
  cents bigint not null check (cents between 0 and 1000000000000),
  at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, agent_id, call_id)
);
create index on controls.breaker_call (tenant_id, agent_id, at);
call platform.isolate_tenant_rows('controls.breaker_call');
grant select on controls.breaker, controls.breaker_call to countersign_app;

-- What a decision reads. The hour counts whatever session a call names: an agent makes a new one whenever it likes. The day counts for one
-- session, so that a slow one is seen, too. A row from the future, of a clock that was moved back, counts.
create function controls.breaker_facts(of_agent uuid, of_call uuid, of_session bytea,
    out opened_at timestamptz, out call_id uuid, out updates bigint, out cents bigint,
    out hour_updates bigint, out hour_cents bigint, out session_updates bigint, out session_cents bigint)
  returns record language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
  select b.opened_at, b.call_id, b.updates, b.cents into opened_at, call_id, updates, cents
    from controls.breaker b where b.tenant_id = (select app.tid()) and b.agent_id = of_agent;
  select coalesce(sum(c.updates) filter (where c.at > clock_timestamp() - interval '1 hour'), 0)::bigint,
      coalesce(sum(c.cents) filter (where c.at > clock_timestamp() - interval '1 hour'), 0)::bigint,
      coalesce(sum(c.updates) filter (where c.session = of_session), 0)::bigint,
      coalesce(sum(c.cents) filter (where c.session = of_session), 0)::bigint
    into hour_updates, hour_cents, session_updates, session_cents
    from controls.breaker_call c
    where c.tenant_id = (select app.tid()) and c.agent_id = of_agent and c.call_id <> of_call and c.at > clock_timestamp() - interval '1 day';
end $$;

-- INVARIANT: of two calls of one agent at the same moment the second waits here until the first has committed, and then counts it.
-- A statement of its own: the one after it sees what the other has committed.
create function controls.breaker_lock(of_agent uuid) returns void
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  insert into controls.breaker (tenant_id, agent_id) values (app.tid(), of_agent) on conflict do nothing;
  perform from controls.breaker b where b.tenant_id = (select app.tid()) and b.agent_id = of_agent for update;
end $$;

-- Admitted again, it counts once, by its larger numbers, from now on.
create function controls.breaker_count(of_agent uuid, of_call uuid, of_session bytea, with_updates bigint, with_cents bigint) returns void
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  delete from controls.breaker_call c
    where c.tenant_id = (select app.tid()) and c.agent_id = of_agent and c.at < clock_timestamp() - interval '2 days';
  insert into controls.breaker_call as c (tenant_id, agent_id, call_id, session, updates, cents)
    values (app.tid(), of_agent, of_call, of_session, with_updates, with_cents)
    on conflict (tenant_id, agent_id, call_id) do update set session = excluded.session, at = greatest(c.at, excluded.at),
      updates = greatest(c.updates, excluded.updates), cents = greatest(c.cents, excluded.cents);
end $$;

create function controls.breaker_open(of_agent uuid, by_call uuid, with_updates bigint, with_cents bigint) returns void
  language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
  update controls.breaker b set opened_at = clock_timestamp(), call_id = by_call, updates = with_updates, cents = with_cents
  where b.tenant_id = (select app.tid()) and b.agent_id = of_agent and b.opened_at is null
$$;

-- By a person: what was counted so far is theirs now. Rows are deleted, not dated: no clock brings them back. False: it was closed.
create function controls.breaker_reset(of_agent uuid) returns boolean
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  update controls.breaker b set opened_at = null, call_id = null, updates = null, cents = null
    where b.tenant_id = (select app.tid()) and b.agent_id = of_agent and b.opened_at is not null;
  if not found then
    return false;
  end if;
  delete from controls.breaker_call c where c.tenant_id = (select app.tid()) and c.agent_id = of_agent;
  return true;
end $$;

create function controls.open_breakers(out agent_id uuid, out opened_at timestamptz, out call_id uuid, out updates bigint, out cents bigint)
  returns setof record language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select b.agent_id, b.opened_at, b.call_id, b.updates, b.cents from controls.breaker b
  where b.tenant_id = (select app.tid()) and b.opened_at is not null order by b.opened_at
$$;

grant execute on function controls.breaker_facts(uuid, uuid, bytea), controls.breaker_lock(uuid), controls.breaker_count(uuid, uuid, bytea, bigint, bigint),
  controls.breaker_open(uuid, uuid, bigint, bigint) to countersign_app;
grant execute on function controls.breaker_reset(uuid), controls.open_breakers() to countersign_app, countersign_operator;
