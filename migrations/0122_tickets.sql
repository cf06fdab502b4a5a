-- Tickets (guarantee S1): an owner, a clock, and what happens next by itself. The timer is a column of the ticket; one statement claims
-- what is due, of every client, and what it claims is a row of the outbox before anybody tries to send it.

create schema tickets;
grant usage on schema tickets to countersign_app, countersign_operator, countersign_scheduler, countersign_auditor;

create type tickets.state as enum ('new', 'triaged', 'in_progress', 'waiting_client', 'resolved', 'closed');
create type tickets.action as enum ('nudge_24h', 'nudge_72h', 'close', 'page');

-- Hours of work, by version: a new one changes no deadline that was missed under an old one.
create table tickets.calendar (
  tenant_id uuid not null,
  version integer not null check (version > 0),
  hours jsonb not null check (jsonb_typeof(hours) = 'object'),
  -- Of our own move, in milliseconds of work, until the owner is told that time is over.
  target_ms bigint not null check (target_ms > 0),
  since timestamptz not null default now(),
  primary key (tenant_id, version)
);
call platform.isolate_tenant_rows('tickets.calendar');

create table tickets.ticket (
  tenant_id uuid not null,
  ticket_id uuid not null default platform.uuidv7(),
  -- What people say: the seventh of this client's.
  number integer not null check (number > 0),
  state tickets.state not null default 'new',
  -- INVARIANT (S1): never nobody's, from its first moment.
  owner uuid not null,
  title bytea not null check (octet_length(title) between 45 and 4096),
  calendar integer not null,
  opened_at timestamptz not null default now(),
  -- Waits for the client, counted; the one that runs, in waiting_client.
  epoch integer not null default 0 check (epoch >= 0),
  wait_started timestamptz,
  nudged_at timestamptz,
  warned_at timestamptz,
  -- The instant that the warning names.
  deadline timestamptz,
  -- Of our own move: when the owner was last told that time is over.
  paged_at timestamptz,
  next_action tickets.action,
  -- NULL with an action: it waits until the warning is known to have been delivered.
  next_due_at timestamptz,
  -- A client that leaves has its clocks stopped; what was left of the timer is given back.
  frozen_at timestamptz,
  closed_at timestamptz,
  close_reason text check (close_reason in ('done', 'duplicate', 'not_planned', 'aged_out', 'withdrawn')),
  primary key (tenant_id, ticket_id),
  unique (tenant_id, number),
  foreign key (tenant_id, owner) references identity.person (tenant_id, person_id),
  foreign key (tenant_id, calendar) references tickets.calendar (tenant_id, version),
  check ((state = 'waiting_client') = (wait_started is not null)),
  check ((state = 'closed') = (closed_at is not null) and (state = 'closed') = (close_reason is not null)),
  check (next_due_at is null or next_action is not null),
  -- INVARIANT (S1): every ticket that is open has its next act.
  check ((state in ('resolved', 'closed')) = (next_action is null)),
  -- INVARIANT (S1): silence closes nothing without a warning that was delivered: also by whoever writes to this table by hand.
  check (close_reason is distinct from 'aged_out' or warned_at is not null)
);
create index ticket_due on tickets.ticket (next_due_at) where next_due_at is not null and frozen_at is null;
create index on tickets.ticket (tenant_id, owner) where next_action is not null;
call platform.isolate_tenant_rows('tickets.ticket');

-- What changed a clock, in order. Nothing is counted up: both clocks are a fold over these rows.
create table tickets.event (
  tenant_id uuid not null,
  ticket_id uuid not null,
  seq integer not null check (seq > 0),
  kind text not null check (kind in ('entered', 'frozen', 'thawed')),
  state tickets.state,
  at timestamptz not null default now(),
  primary key (tenant_id, ticket_id, seq),
  foreign key (tenant_id, ticket_id) references tickets.ticket (tenant_id, ticket_id),
  check ((kind = 'entered') = (state is not null))
);
call platform.isolate_tenant_rows('tickets.event');

-- The outbox. One notice of a kind in a wait, ever: its key is what a provider is given for idempotence.
create table tickets.notice (
  tenant_id uuid not null,
  ticket_id uuid not null,
  epoch integer not null,
  kind tickets.action not null,
  -- Pages repeat, day by day; other notices are the first of their kind.
  turn integer not null default 1 check (turn > 0),
  claimed_at timestamptz not null default now(),
  -- Until when whoever sends it has it for himself.
  held_until timestamptz,
  tries integer not null default 0 check (tries >= 0),
  delivered_at timestamptz,
  -- The wait was over before it was sent.
  dropped_at timestamptz,
  primary key (tenant_id, ticket_id, epoch, kind, turn),
  foreign key (tenant_id, ticket_id) references tickets.ticket (tenant_id, ticket_id),
  check (delivered_at is null or dropped_at is null)
);
create index notice_open on tickets.notice (claimed_at) where delivered_at is null and dropped_at is null;
call platform.isolate_tenant_rows('tickets.notice');

-- The database's clock as it was last seen, and whether anybody still believes it.
create table tickets.heartbeat (
  one boolean primary key default true check (one),
  seen_at timestamptz not null default now(),
  -- Nothing is closed meanwhile; nudges go on.
  doubted_at timestamptz,
  why text check (length(why) <= 300)
);
insert into tickets.heartbeat default values;

grant select, insert (tenant_id, version, hours, target_ms) on tickets.calendar to countersign_app, countersign_operator;
grant select, insert (tenant_id, ticket_id, number, owner, title, calendar, next_action, next_due_at),
  update (state, owner, title, calendar, epoch, wait_started, nudged_at, warned_at, deadline, paged_at, next_action, next_due_at, frozen_at, closed_at, close_reason)
  on tickets.ticket to countersign_app;
grant select, insert (tenant_id, ticket_id, seq, kind, state, at) on tickets.event to countersign_app;
grant select, update (held_until, tries, delivered_at, dropped_at) on tickets.notice to countersign_app;
grant select on tickets.heartbeat to countersign_app, countersign_operator;

-- The scheduler sees ids and instants of every client's, and nothing that anybody wrote.
create policy scheduler on tickets.ticket to countersign_scheduler using (true) with check (true);
create policy scheduler on tickets.notice to countersign_scheduler using (true) with check (true);
grant select (tenant_id, ticket_id, epoch, wait_started, paged_at, next_action, next_due_at, frozen_at), update (next_action, next_due_at, paged_at)
  on tickets.ticket to countersign_scheduler;
grant select, insert (tenant_id, ticket_id, epoch, kind, turn) on tickets.notice to countersign_scheduler;
grant select, update (seen_at, doubted_at, why) on tickets.heartbeat to countersign_scheduler;

-- Routines named tickets.claim_* belong to countersign_scheduler (src/platform/postgres/guards.ts).

-- What is due: at most so many, the oldest first, none of them twice however many ask. The timer has moved on when this returns, and what
-- is to be told lies in the outbox. `close` is only looked at: whoever asked for it reads the source, and decides with the client's rights.
create function tickets.claim_due(most integer, out tenant_id uuid, out ticket_id uuid, out action tickets.action, out epoch integer)
  returns setof record language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
  with due as (
    select t.tenant_id, t.ticket_id, t.next_action as action, t.epoch, t.wait_started
    from tickets.ticket t, tickets.heartbeat h
    where t.next_due_at <= now() and t.frozen_at is null and (h.doubted_at is null or t.next_action <> 'close')
    order by t.next_due_at limit most for update of t skip locked
  ), moved as (
    -- One stage for each ticket in a pass, and a day between a notice and what follows it: nobody is nudged twice, or closed, in the
    -- night after an outage (src/tickets/stages.ts says the same, and test/tickets/io/claim.test.ts holds both to it).
    update tickets.ticket t set
      next_action = case d.action when 'nudge_24h' then 'nudge_72h'::tickets.action when 'nudge_72h' then 'close' else d.action end,
      next_due_at = case d.action
        when 'nudge_24h' then greatest(d.wait_started + interval '72 hours', now() + interval '24 hours')
        when 'close' then now() + interval '5 minutes'
        when 'page' then now() + interval '24 hours' end,
      paged_at = case d.action when 'page' then now() else t.paged_at end
    from due d where t.tenant_id = d.tenant_id and t.ticket_id = d.ticket_id
    returning d.tenant_id, d.ticket_id, d.action, d.epoch
  ), told as (
    insert into tickets.notice (tenant_id, ticket_id, epoch, kind, turn)
    select m.tenant_id, m.ticket_id, m.epoch, m.action,
      case m.action when 'page' then 1 + (select count(*) from tickets.notice n
        where n.tenant_id = m.tenant_id and n.ticket_id = m.ticket_id and n.epoch = m.epoch and n.kind = 'page') else 1 end
    from moved m where m.action <> 'close' on conflict do nothing
  )
  select m.tenant_id, m.ticket_id, m.action, m.epoch from moved m
$$;

-- The clock is looked at with every pass. `passed`: by the monotonic clock of whoever asks, since he asked last; NULL the first time.
-- A step back, or far ahead, and nothing is closed until a person has looked. True: the clock is believed.
create function tickets.claim_clock(passed interval) returns boolean
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  last tickets.heartbeat;
begin
  select * into strict last from tickets.heartbeat for update;
  if last.doubted_at is null and (now() < last.seen_at - interval '5 seconds'
    or (passed is not null and now() > last.seen_at + passed + interval '15 minutes')) then
    update tickets.heartbeat set doubted_at = now(), why = format('The database''s clock went from %s to %s.', last.seen_at, now());
    return false;
  end if;
  update tickets.heartbeat set seen_at = greatest(last.seen_at, now()) where last.doubted_at is null;
  return last.doubted_at is null;
end $$;

grant execute on function tickets.claim_due(integer), tickets.claim_clock(interval) to countersign_app;

-- A person has looked at the clock: from now on it is believed again, from what it says now.
create function tickets.believe_clock() returns boolean
  language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
  update tickets.heartbeat set doubted_at = null, why = null, seen_at = now() where doubted_at is not null returning true
$$;
grant execute on function tickets.believe_clock() to countersign_operator;
