-- What the breaker and the budgets do for each call, in half the round trips, and with the claim looked at once instead of once in each statement.

-- INVARIANT: of two calls of one agent at the same moment the second waits here until the first has committed, and then counts it: each
-- statement of a volatile function sees what was committed before that statement.
create function controls.breaker_turn(of_agent uuid, of_call uuid, of_session bytea,
    out opened_at timestamptz, out call_id uuid, out updates bigint, out cents bigint,
    out hour_updates bigint, out hour_cents bigint, out session_updates bigint, out session_cents bigint)
  returns record language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  mine uuid := app.tid();
begin
  perform from controls.breaker b where b.tenant_id = mine and b.agent_id = of_agent for update;
  if not found then
    insert into controls.breaker (tenant_id, agent_id) values (mine, of_agent) on conflict do nothing;
    perform from controls.breaker b where b.tenant_id = mine and b.agent_id = of_agent for update;
  end if;
  select f.* into opened_at, call_id, updates, cents, hour_updates, hour_cents, session_updates, session_cents
    from controls.breaker_facts(of_agent, of_call, of_session) f;
end $$;

create or replace function controls.breaker_facts(of_agent uuid, of_call uuid, of_session bytea,
    out opened_at timestamptz, out call_id uuid, out updates bigint, out cents bigint,
    out hour_updates bigint, out hour_cents bigint, out session_updates bigint, out session_cents bigint)
  returns record language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
  mine uuid := app.tid();
begin
  select b.opened_at, b.call_id, b.updates, b.cents into opened_at, call_id, updates, cents
    from controls.breaker b where b.tenant_id = mine and b.agent_id = of_agent;
  select coalesce(sum(c.updates) filter (where c.at > clock_timestamp() - interval '1 hour'), 0)::bigint,
      coalesce(sum(c.cents) filter (where c.at > clock_timestamp() - interval '1 hour'), 0)::bigint,
      coalesce(sum(c.updates) filter (where c.session = of_session), 0)::bigint,
      coalesce(sum(c.cents) filter (where c.session = of_session), 0)::bigint
    into hour_updates, hour_cents, session_updates, session_cents
    from controls.breaker_call c
    where c.tenant_id = mine and c.agent_id = of_agent and c.call_id <> of_call and c.at > clock_timestamp() - interval '1 day';
end $$;

create or replace function controls.breaker_count(of_agent uuid, of_call uuid, of_session bytea, with_updates bigint, with_cents bigint) returns void
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  mine uuid := app.tid();
begin
  -- Now and then: what is that old counts for nothing, and is only in the way.
  if random() < 0.05 then
    delete from controls.breaker_call c where c.tenant_id = mine and c.agent_id = of_agent and c.at < clock_timestamp() - interval '2 days';
  end if;
  insert into controls.breaker_call as c (tenant_id, agent_id, call_id, session, updates, cents)
    values (mine, of_agent, of_call, of_session, with_updates, with_cents)
    on conflict (tenant_id, agent_id, call_id) do update set session = excluded.session, at = greatest(c.at, excluded.at),
      updates = greatest(c.updates, excluded.updates), cents = greatest(c.cents, excluded.cents);
end $$;

-- INVARIANT: one tenant's calls take their turns here, so that two at the same moment do not both take what is left.
create function controls.budget_turn(of_agent uuid, of_call uuid, out taken boolean, out used jsonb, out limits jsonb, out tenant_used jsonb, out tenant_limits jsonb)
  returns record language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  mine uuid := app.tid();
  today date;
begin
  perform pg_advisory_xact_lock(hashtext('controls.budget'), hashtext(mine::text));
  today := controls.budget_today(mine);
  select exists (select from controls.budget_call c where c.tenant_id = mine and c.call_id = of_call) into taken;
  select coalesce(jsonb_object_agg(u.kind, u.amount) filter (where u.subject_id = of_agent), '{}'),
      coalesce(jsonb_object_agg(u.kind, u.amount) filter (where u.subject_id = mine), '{}')
    into used, tenant_used
    from controls.budget_used u where u.tenant_id = mine and u.subject_id in (of_agent, mine) and u.day = today;
  select coalesce(jsonb_object_agg(l.kind, l.most) filter (where l.subject_id = of_agent), '{}'),
      coalesce(jsonb_object_agg(l.kind, l.most) filter (where l.subject_id = mine), '{}')
    into limits, tenant_limits
    from controls.budget_limit l where l.tenant_id = mine and l.subject_id in (of_agent, mine);
end $$;

-- INVARIANT: never before a day that was used already. A clock that is moved back finds the budget as it was, not a fresh one.
create function controls.budget_today(mine uuid) returns date
  language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select greatest((clock_timestamp() at time zone 'UTC')::date,
    (select max(u.day) from controls.budget_used u where u.tenant_id = mine and u.subject_id = mine))
$$;

create or replace function controls.budget_standing(of_subject uuid, out used jsonb, out limits jsonb)
  returns record language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select
    (select coalesce(jsonb_object_agg(u.kind, u.amount), '{}') from controls.budget_used u
      where u.tenant_id = t.mine and u.subject_id = of_subject and u.day = controls.budget_today(t.mine)),
    (select coalesce(jsonb_object_agg(l.kind, l.most), '{}') from controls.budget_limit l
      where l.tenant_id = t.mine and l.subject_id = of_subject)
  from (select app.tid() as mine) t
$$;

-- To both who have to hold it, in one order: the agent and its tenant. What is summed; of memory the most counts.
create function controls.budget_count(mine uuid, of_agent uuid, on_day date, amounts jsonb) returns void
  language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
  insert into controls.budget_used as u (tenant_id, subject_id, day, kind, amount)
  select mine, s.subject, on_day, a.key, least(9000000000000000, greatest(0, a.value::bigint))
    from unnest(array[of_agent, mine]) s(subject), jsonb_each_text(amounts) a
  on conflict (tenant_id, subject_id, day, kind) do update set amount = case
    when u.kind = 'memoryBytes' then greatest(u.amount, (amounts ->> u.kind)::bigint)
    else least(9000000000000000, greatest(0, u.amount + (amounts ->> u.kind)::bigint)) end
$$;

create or replace function controls.budget_hold(of_agent uuid, of_call uuid, holding jsonb) returns void
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  mine uuid := app.tid();
  today date := controls.budget_today(mine);
begin
  if random() < 0.05 then
    delete from controls.budget_call c where c.tenant_id = mine and c.day < today - 7;
    delete from controls.budget_used u where u.tenant_id = mine and u.day < today - 90;
  end if;
  insert into controls.budget_call (tenant_id, call_id, agent_id, day, held) values (mine, of_call, of_agent, today, holding);
  perform controls.budget_count(mine, of_agent, today, holding);
end $$;

-- What it used in place of what was held, on the day on which it was held. What is not said stays held: it is not known to be less.
create or replace function controls.budget_settle(of_agent uuid, of_call uuid, really jsonb) returns void
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  mine uuid := app.tid();
  found_call record;
  more jsonb;
begin
  perform pg_advisory_xact_lock(hashtext('controls.budget'), hashtext(mine::text));
  update controls.budget_call c set settled = true
    where c.tenant_id = mine and c.call_id = of_call and c.agent_id = of_agent and not c.settled
    returning c.day, c.held into found_call;
  if not found then
    return;
  end if;
  select coalesce(jsonb_object_agg(r.key, case when r.key = 'memoryBytes' then r.value::bigint
      else r.value::bigint - coalesce((found_call.held ->> r.key)::bigint, 0) end), '{}')
    into more from jsonb_each_text(really) r where r.key <> 'calls';
  perform controls.budget_count(mine, of_agent, found_call.day, more);
end $$;

drop function controls.breaker_lock(uuid);
drop function controls.budget_facts(uuid, uuid);
drop function controls.budget_lock();
drop function controls.budget_add(uuid, date, jsonb);
drop function controls.budget_day();

grant execute on function controls.breaker_turn(uuid, uuid, bytea), controls.budget_turn(uuid, uuid) to countersign_app;
