-- What came back to an agent, and from whom, was looked for in all of its calls, at each of its calls. It is kept here as it comes instead:
-- as many rows as a session has sources.
create table gateway.returned (
  tenant_id uuid not null,
  agent_id uuid not null,
  -- As in gateway.call.
  session bytea not null check (octet_length(session) = 32),
  -- Who wrote it.
  origin text not null check (origin ~ '^[a-z_]{1,32}$'),
  -- How strongly it looks like instructions to an agent, at the most: 0 to 100.
  injection smallint not null check (injection between 0 and 100),
  -- To the minute.
  last_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, agent_id, session, origin)
);
create index on gateway.returned (tenant_id, agent_id, last_at);

-- Nobody's taint is lost by this change.
alter table gateway.call no force row level security;
insert into gateway.returned (tenant_id, agent_id, session, origin, injection, last_at)
select c.tenant_id, c.agent_id, c.session, t.origin, max(coalesce(c.returned_injection, 0)), max(c.ended_at)
from gateway.call c
  join (values ('repo.read', 'file'), ('repo.search', 'file'), ('repo.diff', 'file'), ('checks.read', 'tool_result'), ('logs.read', 'log'),
    ('sql.select', 'tool_result'), ('ticket.read', 'ticket'), ('shell.test', 'log')) t(tool, origin) on t.tool = c.tool
where c.outcome = 'done' and c.ended_at > now() - interval '1 day'
group by c.tenant_id, c.agent_id, c.session, t.origin;
alter table gateway.call force row level security;
alter table gateway.call drop column returned_injection;

call platform.isolate_tenant_rows('gateway.returned');
grant select, insert (tenant_id, agent_id, session, origin, injection), update (injection, last_at) on gateway.returned to countersign_app;
grant select on gateway.returned to countersign_auditor;

-- INVARIANT (X16): a session's name is the agent's own word, so what came back in the last hour counts in whatever session that was.
-- As end_call, it is planned once for a connection: a plan that is made while the table is empty must not read the whole of it later.
create function gateway.returned_to(of_agent uuid, in_session bytea, hours integer) returns table (origin text, injection integer)
  language plpgsql stable security invoker set search_path = pg_catalog, pg_temp set enable_seqscan = off
as $$
begin
  return query select r.origin, max(r.injection)::integer from gateway.returned r
    where r.tenant_id = app.tid() and r.agent_id = of_agent and r.last_at > now() - make_interval(hours => hours)
      and (r.session = in_session or r.last_at > now() - interval '61 minutes')
    group by r.origin;
end $$;
grant execute on function gateway.returned_to(uuid, bytea, integer) to countersign_app;

-- Where a call ends, and where its answer is given again.
create function gateway.note_returned(to_agent uuid, in_session bytea, from_whom text, looks_like integer) returns void
  language plpgsql volatile security invoker set search_path = pg_catalog, pg_temp set enable_seqscan = off
as $$
begin
  insert into gateway.returned as r (tenant_id, agent_id, session, origin, injection)
    values (app.tid(), to_agent, in_session, from_whom, looks_like)
    on conflict (tenant_id, agent_id, session, origin) do update
      set injection = greatest(r.injection, excluded.injection), last_at = excluded.last_at
      -- A row that is written anew by every call has as many versions as there are calls.
      where r.injection < excluded.injection or r.last_at < excluded.last_at - interval '1 minute';
end $$;
grant execute on function gateway.note_returned(uuid, bytea, text, integer) to countersign_app;

-- INVARIANT (27): a call ends once. Raises (app.demand) where it has ended already. `from_whom`: NULL where nothing came back that somebody
-- else wrote.
create function gateway.end_call(of_call uuid, as_outcome text, with_code text, sealed bytea, hash bytea, of_repository bigint, in_colour text,
  by_set text, by_verdict uuid, from_whom text, looks_like integer) returns void
  language plpgsql volatile security invoker set search_path = pg_catalog, pg_temp set enable_seqscan = off
as $$
declare
  ended record;
begin
  update gateway.call c set state = 'ended', outcome = as_outcome, code = with_code, answer = sealed, args_hash = coalesce(c.args_hash, hash),
      repository_id = coalesce(c.repository_id, of_repository), colour = coalesce(in_colour, c.colour), policy_set = coalesce(by_set, c.policy_set),
      verdict_entry = coalesce(by_verdict, c.verdict_entry), ended_at = clock_timestamp(), moved_at = clock_timestamp()
    where c.tenant_id = app.tid() and c.call_id = of_call and c.state <> 'ended'
    returning c.agent_id, c.session into ended;
  perform app.demand(found);
  if from_whom is not null then
    perform gateway.note_returned(ended.agent_id, ended.session, from_whom, looks_like);
  end if;
end $$;
grant execute on function gateway.end_call(uuid, text, text, bytea, bytea, bigint, text, text, uuid, text, integer) to countersign_app;
