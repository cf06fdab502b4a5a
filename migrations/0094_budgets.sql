-- What an agent, and a tenant, may use up in a day (UTC), and what they have.

create domain controls.budget_kind as text check (value in ('calls', 'wallMs', 'cpuMs', 'memoryBytes', 'bytes', 'tokens', 'cents'));

-- What somebody set. `subject_id` is an agent's, or the tenant's own for the tenant as a whole. No row: Countersign's own limit.
create table controls.budget_limit (
  tenant_id uuid not null,
  subject_id uuid not null,
  kind controls.budget_kind not null,
  most bigint not null check (most between 0 and 1000000000000000),
  primary key (tenant_id, subject_id, kind)
);
call platform.isolate_tenant_rows('controls.budget_limit');

create table controls.budget_used (
  tenant_id uuid not null,
  subject_id uuid not null,
  day date not null,
  kind controls.budget_kind not null,
  -- Held for calls that run, and used by those that are over. Of memory the most that one call had.
  amount bigint not null check (amount between 0 and 9000000000000000),
  primary key (tenant_id, subject_id, day, kind)
);
call platform.isolate_tenant_rows('controls.budget_used');

-- A call counts once, however often it is taken or settled.
create table controls.budget_call (
  tenant_id uuid not null,
  call_id uuid not null,
  agent_id uuid not null,
  day date not null,
  -- What is held for it, by kind.
  held jsonb not null,
  settled boolean not null default false,
  primary key (tenant_id, call_id)
);
create index on controls.budget_call (tenant_id, day);
call platform.isolate_tenant_rows('controls.budget_call');
grant select on controls.budget_limit, controls.budget_used, controls.budget_call to countersign_app;

-- INVARIANT: never before a day that was used already. A clock that is moved back finds the budget as it was, not a fresh one.
create function controls.budget_day() returns date
  language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select greatest((clock_timestamp() at time zone 'UTC')::date,
    (select max(u.day) from controls.budget_used u where u.tenant_id = (select app.tid()) and u.subject_id = (select app.tid())))
$$;

create function controls.budget_standing(of_subject uuid, out used jsonb, out limits jsonb)
  returns record language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select
    (select coalesce(jsonb_object_agg(u.kind, u.amount), '{}') from controls.budget_used u
      where u.tenant_id = (select app.tid()) and u.subject_id = of_subject and u.day = (select controls.budget_day())),
    (select coalesce(jsonb_object_agg(l.kind, l.most), '{}') from controls.budget_limit l
      where l.tenant_id = (select app.tid()) and l.subject_id = of_subject)
$$;

-- INVARIANT: one tenant's calls take their turns here, so that two at the same moment do not both take what is left.
-- A statement of its own: the one after it sees what the other has committed.
create function controls.budget_lock() returns void
  language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$ select pg_advisory_xact_lock(hashtext('controls.budget'), hashtext((select app.tid())::text)) $$;

create function controls.budget_facts(of_agent uuid, of_call uuid, out taken boolean, out used jsonb, out limits jsonb, out tenant_used jsonb, out tenant_limits jsonb)
  returns record language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select exists (select from controls.budget_call c where c.tenant_id = (select app.tid()) and c.call_id = of_call),
    a.used, a.limits, t.used, t.limits
  from controls.budget_standing(of_agent) a, controls.budget_standing((select app.tid())) t
$$;

-- What is summed; of memory the most counts, and nothing is held.
create function controls.budget_add(of_subject uuid, on_day date, amounts jsonb) returns void
  language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
  insert into controls.budget_used as u (tenant_id, subject_id, day, kind, amount)
  select (select app.tid()), of_subject, on_day, a.key, least(9000000000000000, greatest(0, a.value::bigint)) from jsonb_each_text(amounts) a
  on conflict (tenant_id, subject_id, day, kind) do update set amount = case
    when u.kind = 'memoryBytes' then greatest(u.amount, (amounts ->> u.kind)::bigint)
    else least(9000000000000000, greatest(0, u.amount + (amounts ->> u.kind)::bigint)) end
$$;

create function controls.budget_hold(of_agent uuid, of_call uuid, holding jsonb) returns void
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  today date := controls.budget_day();
begin
  delete from controls.budget_call c where c.tenant_id = (select app.tid()) and c.day < today - 7;
  delete from controls.budget_used u where u.tenant_id = (select app.tid()) and u.day < today - 90;
  insert into controls.budget_call (tenant_id, call_id, agent_id, day, held) values (app.tid(), of_call, of_agent, today, holding);
  perform controls.budget_add(of_agent, today, holding), controls.budget_add(app.tid(), today, holding);
end $$;

-- What it used in place of what was held, on the day on which it was held. What is not said stays held: it is not known to be less.
create function controls.budget_settle(of_agent uuid, of_call uuid, really jsonb) returns void
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  found_call record;
  more jsonb;
begin
  select c.day, c.held into found_call from controls.budget_call c
    where c.tenant_id = (select app.tid()) and c.call_id = of_call and c.agent_id = of_agent and not c.settled for update;
  if not found then
    return;
  end if;
  select coalesce(jsonb_object_agg(r.key, case when r.key = 'memoryBytes' then r.value::bigint
      else r.value::bigint - coalesce((found_call.held ->> r.key)::bigint, 0) end), '{}')
    into more from jsonb_each_text(really) r where r.key <> 'calls';
  perform controls.budget_add(of_agent, found_call.day, more), controls.budget_add(app.tid(), found_call.day, more);
  update controls.budget_call c set settled = true where c.tenant_id = (select app.tid()) and c.call_id = of_call;
end $$;

-- NULL: Countersign's own limit again.
create function controls.budget_set(of_subject uuid, of_kind text, given_most bigint) returns void
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if given_most is null then
    delete from controls.budget_limit l where l.tenant_id = (select app.tid()) and l.subject_id = of_subject and l.kind = of_kind;
  else
    insert into controls.budget_limit (tenant_id, subject_id, kind, most) values (app.tid(), of_subject, of_kind, given_most)
      on conflict (tenant_id, subject_id, kind) do update set most = excluded.most;
  end if;
end $$;

grant execute on function controls.budget_lock(), controls.budget_facts(uuid, uuid), controls.budget_hold(uuid, uuid, jsonb),
  controls.budget_settle(uuid, uuid, jsonb) to countersign_app;
grant execute on function controls.budget_standing(uuid), controls.budget_set(uuid, text, bigint) to countersign_app, countersign_operator;
