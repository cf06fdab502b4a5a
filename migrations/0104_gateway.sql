-- The gateway: what agents asked for, what was decided, and what became of it (X1 to X16). What it was about is sealed under the tenant's
-- key; in clear are names of tools, colours, digests, instants and ids.

create schema gateway;
grant usage on schema gateway to countersign_app, countersign_auditor;

-- `received` until there is a verdict; `pending` while people are asked; `executing` from the intent in the log on.
create type gateway.state as enum ('received', 'pending', 'executing', 'ended');

create table gateway.call (
  tenant_id uuid not null,
  call_id uuid not null,
  agent_id uuid not null,
  -- The person on whose behalf, where that is somebody we know.
  requester uuid,
  -- NULL: it asked for one that there is not.
  tool text check (tool ~ '^[a-z][a-z0-9_.-]{0,63}$'),
  surface text not null check (surface in ('mcp', 'http', 'hook')),
  explain boolean not null,
  -- SHA-256 of the agent's own name for its run: what it read in it taints what it writes in it.
  session bytea not null check (octet_length(session) = 32),
  -- SHA-256 of its idempotency key, and of what it asked for under it.
  idempotency bytea check (octet_length(idempotency) = 32),
  asked_hash bytea not null check (octet_length(asked_hash) = 32),
  asked bytea not null,
  state gateway.state not null default 'received',
  -- Of exactly what would run: canonical arguments, every default written out.
  args_hash bytea check (octet_length(args_hash) = 32),
  repository_id bigint check (repository_id > 0),
  colour text check (colour in ('GREEN', 'YELLOW', 'RED')),
  policy_set text check (length(policy_set) <= 200),
  -- The entry of the log that says the verdict, and the one that says what is about to be done.
  verdict_entry uuid,
  intent uuid,
  approval_id uuid,
  -- What the verdict was about: facts and target, sealed.
  plan bytea,
  issued_at timestamptz,
  -- How strongly what came back looks like instructions to an agent: 0 to 100.
  returned_injection smallint check (returned_injection between 0 and 100),
  outcome text check (outcome in ('done', 'explained', 'refused', 'failed')),
  code text check (code ~ '^[A-Za-z_]{1,40}$'),
  answer bytea,
  created_at timestamptz not null default clock_timestamp(),
  moved_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz,
  primary key (tenant_id, call_id),
  -- INVARIANT (26): one key, one call, however often and from however many places at once it is asked.
  unique (tenant_id, agent_id, idempotency),
  check ((state = 'ended') = (ended_at is not null and outcome is not null and answer is not null)),
  check ((state = 'executing') <= (intent is not null and verdict_entry is not null and args_hash is not null)),
  check ((state = 'pending') <= (approval_id is not null and verdict_entry is not null))
);
create index on gateway.call (tenant_id, agent_id, session, created_at);
create index on gateway.call (tenant_id, created_at);
create index on gateway.call (tenant_id, moved_at) where state <> 'ended';
call platform.isolate_tenant_rows('gateway.call');

-- INVARIANT (13, 27): what has ended stays ended, an intent is written once, and nobody changes what was asked.
create function gateway.only_forward() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  if old.state = 'ended'
    or (new.state < old.state)
    or (old.intent is not null and (new.intent, new.args_hash, new.issued_at) is distinct from (old.intent, old.args_hash, old.issued_at))
    or (new.tenant_id, new.call_id, new.agent_id, new.tool, new.explain, new.session, new.idempotency, new.asked_hash, new.asked, new.created_at)
      is distinct from (old.tenant_id, old.call_id, old.agent_id, old.tool, old.explain, old.session, old.idempotency, old.asked_hash, old.asked, old.created_at)
    or (old.args_hash is not null and new.args_hash is distinct from old.args_hash)
    -- INVARIANT (10): what was only to be explained is never carried out.
    or (old.explain and new.state in ('pending', 'executing'))
    -- INVARIANT (5): what a rule says never about is never carried out.
    or (new.state = 'executing' and new.colour is distinct from 'GREEN')
  then
    raise exception 'A call goes from % only forward, not to %', old.state, new.state
      using errcode = 'integrity_constraint_violation', constraint = 'call_only_forward', table = 'call', schema = 'gateway';
  end if;
  return new;
end $$;
create trigger only_forward before update on gateway.call for each row execute function gateway.only_forward();
alter table gateway.call enable always trigger only_forward;

-- One for each call (X9): there before anything is carried out, closed whatever happened. A call that waited for people has its later
-- part in the same trace.
create table gateway.trace (
  tenant_id uuid not null,
  call_id uuid not null,
  opened_at timestamptz not null default clock_timestamp(),
  closed_at timestamptz,
  -- How the call stood when it was closed.
  ending text check (ending in ('done', 'explained', 'refused', 'failed', 'pending', 'running', 'crashed')),
  -- Stages and their times, sealed.
  document bytea,
  primary key (tenant_id, call_id),
  foreign key (tenant_id, call_id) references gateway.call (tenant_id, call_id),
  check ((closed_at is null) = (ending is null))
);
create index on gateway.trace (tenant_id, opened_at) where closed_at is null;
call platform.isolate_tenant_rows('gateway.trace');

grant select, insert (tenant_id, call_id, agent_id, requester, tool, surface, explain, session, idempotency, asked_hash, asked),
  update (state, args_hash, repository_id, colour, policy_set, verdict_entry, intent, approval_id, plan, issued_at, returned_injection, outcome, code,
    answer, moved_at, ended_at) on gateway.call to countersign_app;
grant select, insert (tenant_id, call_id), update (opened_at, closed_at, ending, document) on gateway.trace to countersign_app;
grant select on gateway.call, gateway.trace to countersign_auditor;

-- For traces.read, which the doer carries out: what became of an agent's own calls.
grant usage on schema gateway to countersign_doer;
grant select (tenant_id, call_id, agent_id, tool, surface, state, colour, outcome, code, created_at, moved_at, ended_at) on gateway.call to countersign_doer;
grant select on gateway.trace to countersign_doer;
