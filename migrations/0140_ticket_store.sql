-- What tickets are about: where they are talked about, what was said, whose they are from their first moment.

-- How a client's tickets are treated. One row, made with the first of them.
create table tickets.desk (
  tenant_id uuid primary key,
  -- INVARIANT (S1): who owns what nobody has given to anybody yet.
  default_owner uuid not null,
  -- Of conversations and messages, which are found by an HMAC under it. Sealed under the tenant's own key.
  index_key bytea not null check (octet_length(index_key) between 45 and 256),
  -- Numbers given so far.
  numbered integer not null default 0 check (numbered >= 0),
  -- Where the owner hears that time is over, sealed.
  pages bytea check (octet_length(pages) between 45 and 4096),
  -- Notices to clients wait for the hours of work. They only ever come later.
  quiet boolean not null default false,
  foreign key (tenant_id, default_owner) references identity.person (tenant_id, person_id)
);
call platform.isolate_tenant_rows('tickets.desk');

alter table tickets.ticket
  -- Who it is from, sealed.
  add column customer bytea check (octet_length(customer) between 45 and 8192),
  add column repository_id bigint check (repository_id > 0),
  -- The one that it goes on from, which was closed too long ago.
  add column follows integer check (follows > 0),
  -- When the client was asked, really: wait_started moves with the time that a ticket stood still.
  add column asked_at timestamptz;

create table tickets.conversation (
  tenant_id uuid not null,
  conversation_id uuid not null default platform.uuidv7(),
  ticket_id uuid not null,
  channel text not null check (channel in ('github', 'slack', 'mail', 'api', 'cli')),
  -- HMAC of its name, under the desk's key.
  mark bytea not null check (octet_length(mark) = 32),
  place bytea not null check (octet_length(place) between 45 and 4096),
  -- When a person of the client's last spoke there: that is where they are answered.
  spoken_at timestamptz not null default now(),
  -- It was deleted, or moved away.
  gone_at timestamptz,
  primary key (tenant_id, conversation_id),
  unique (tenant_id, mark),
  foreign key (tenant_id, ticket_id) references tickets.ticket (tenant_id, ticket_id)
);
create index on tickets.conversation (tenant_id, ticket_id);
call platform.isolate_tenant_rows('tickets.conversation');

-- INVARIANT: a message is heard once, ever: its mark is the HMAC of the id that it has on its channel.
create table tickets.message (
  tenant_id uuid not null,
  message_id uuid not null default platform.uuidv7(),
  ticket_id uuid not null,
  conversation_id uuid,
  mark bytea not null check (octet_length(mark) = 32),
  channel text not null check (channel in ('github', 'slack', 'mail', 'api', 'cli')),
  sender text not null check (sender in ('client_person', 'bot', 'auto_reply', 'ourselves', 'staff')),
  sent_at timestamptz not null,
  heard_at timestamptz not null default now(),
  -- From whom, and what; sealed.
  words bytea not null check (octet_length(words) between 45 and 262144),
  primary key (tenant_id, message_id),
  unique (tenant_id, mark),
  foreign key (tenant_id, ticket_id) references tickets.ticket (tenant_id, ticket_id),
  foreign key (tenant_id, conversation_id) references tickets.conversation (tenant_id, conversation_id)
);
create index on tickets.message (tenant_id, ticket_id, sent_at);
create index on tickets.message (tenant_id, conversation_id);
call platform.isolate_tenant_rows('tickets.message');

-- A claimed notice becomes words in a transaction with its client's rights, and is in the outbox of all messages from then on.
alter table tickets.notice
  add column composed_at timestamptz,
  -- Under which key it went out: many for one reader go as one.
  add column told_as text check (length(told_as) <= 200),
  add check (delivered_at is null or composed_at is not null) not valid;
create index notice_uncomposed on tickets.notice (claimed_at) where composed_at is null and dropped_at is null;
create index on tickets.notice (tenant_id, told_as) where told_as is not null;
drop index tickets.notice_open;

grant select, insert (tenant_id, default_owner, index_key), update (default_owner, numbered, pages, quiet) on tickets.desk to countersign_app;
grant insert (customer, repository_id, follows), update (asked_at, customer) on tickets.ticket to countersign_app;
grant select, insert (tenant_id, conversation_id, ticket_id, channel, mark, place), update (ticket_id, spoken_at, gone_at) on tickets.conversation to countersign_app;
grant select, insert (tenant_id, message_id, ticket_id, conversation_id, mark, channel, sender, sent_at, words) on tickets.message to countersign_app;
grant update (composed_at, told_as) on tickets.notice to countersign_app;

-- Who removes a person gives away what is theirs, and who suspends a client stops its clocks, in the same transaction (T15).
grant select, update (default_owner) on tickets.desk to countersign_operator;
grant select (tenant_id, ticket_id, number, state, owner, calendar, opened_at, epoch, wait_started, asked_at, nudged_at, warned_at, deadline, paged_at, next_action, next_due_at, frozen_at, closed_at, close_reason),
  update (state, owner, wait_started, asked_at, nudged_at, warned_at, deadline, next_action, next_due_at, frozen_at)
  on tickets.ticket to countersign_operator;
grant select, insert (tenant_id, ticket_id, seq, kind, state, at) on tickets.event to countersign_operator;
grant select (tenant_id, ticket_id, sender, heard_at) on tickets.message to countersign_operator;

-- Claimed and not yet words: at most so many, the oldest first, each for whoever asks, for a minute. Of clients whose clocks stand still, none.
create function tickets.claim_notices(most integer, out tenant_id uuid, out ticket_id uuid, out epoch integer, out kind tickets.action, out turn integer)
  returns setof record language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
  with open as (
    select n.tenant_id, n.ticket_id, n.epoch, n.kind, n.turn
    from tickets.notice n join tickets.ticket t on t.tenant_id = n.tenant_id and t.ticket_id = n.ticket_id
    where n.composed_at is null and n.dropped_at is null and t.frozen_at is null and (n.held_until is null or n.held_until <= now())
    order by n.claimed_at limit most for update of n skip locked
  )
  update tickets.notice n set held_until = now() + interval '1 minute', tries = n.tries + 1
  from open o
  where n.tenant_id = o.tenant_id and n.ticket_id = o.ticket_id and n.epoch = o.epoch and n.kind = o.kind and n.turn = o.turn
  returning n.tenant_id, n.ticket_id, n.epoch, n.kind, n.turn
$$;
grant select (composed_at, dropped_at, held_until, tries, claimed_at), update (held_until, tries) on tickets.notice to countersign_scheduler;
grant execute on function tickets.claim_notices(integer) to countersign_app;
