-- Slack as a source: which workspace is a client's, what it sent, and whose account there is whose here.

create table inbox.slack_workspace (
  tenant_id uuid not null,
  team text not null check (team ~ '^[A-Z0-9]{1,32}$'),
  -- Where each message of a person opens a ticket. Elsewhere a mention of our bot does.
  channels text[] not null check (cardinality(channels) <= 50 and array_to_string(channels, ',') ~ '^[A-Z0-9,]*$'),
  connected_at timestamptz not null default now(),
  primary key (tenant_id)
);
call platform.isolate_tenant_rows('inbox.slack_workspace');
-- INVARIANT: a break-in through the server makes no other workspace this client's: only the operator's role says which it is.
grant usage on schema inbox to countersign_operator;
grant select on inbox.slack_workspace to countersign_app, countersign_operator, countersign_auditor;
grant insert (tenant_id, team, channels), update (team, channels, connected_at), delete on inbox.slack_workspace to countersign_operator;

-- What came, under the name by which Slack repeats it: an event's own id; of a click or a command, the hash of its signature, which is
-- made for one request and one second. The key is what makes a retry one effect and a replay none (N5).
create table inbox.slack (
  tenant_id uuid not null,
  arrival text not null check (arrival ~ '^(?:event|click|command)-[A-Za-z0-9]{1,80}$'),
  -- Sealed; dropped when handled.
  body bytea check (octet_length(body) between 45 and 1048576),
  received_at timestamptz not null default now(),
  done_at timestamptz,
  primary key (tenant_id, arrival),
  check (done_at is not null or body is not null)
);
create index on inbox.slack (tenant_id, done_at) where done_at is not null;
call platform.isolate_tenant_rows('inbox.slack');
grant select, insert (tenant_id, arrival, body), update (body, done_at), delete on inbox.slack to countersign_app;
grant select on inbox.slack to countersign_auditor;

-- INVARIANT (N7): whose account it is was said by the person, signed in, and by whoever holds the account; never by a name or an address.
create table identity.slack_account (
  tenant_id uuid not null,
  team text not null check (team ~ '^[A-Z0-9]{1,32}$'),
  slack_user text not null check (slack_user ~ '^[A-Z0-9]{1,32}$'),
  person_id uuid not null,
  linked_at timestamptz not null default now(),
  primary key (tenant_id, team, slack_user),
  foreign key (tenant_id, person_id) references identity.person (tenant_id, person_id)
);
create index on identity.slack_account (tenant_id, person_id);
call platform.isolate_tenant_rows('identity.slack_account');
revoke select on identity.slack_account from countersign_auditor;
grant select (tenant_id) on identity.slack_account to countersign_auditor;
grant select, insert (tenant_id, team, slack_user, person_id), update (person_id, linked_at), delete on identity.slack_account to countersign_app;

-- A code that a signed-in person was shown, to be typed in Slack: once, within ten minutes. One for each person; the hash alone is here.
create table identity.slack_code (
  tenant_id uuid not null,
  person_id uuid not null,
  sha256 bytea not null check (octet_length(sha256) = 32),
  expires_at timestamptz not null default now() + interval '10 minutes',
  primary key (tenant_id, person_id),
  unique (tenant_id, sha256),
  foreign key (tenant_id, person_id) references identity.person (tenant_id, person_id)
);
call platform.isolate_tenant_rows('identity.slack_code');
revoke select on identity.slack_code from countersign_auditor;
grant select (tenant_id) on identity.slack_code to countersign_auditor;
grant select, insert (tenant_id, person_id, sha256), update (sha256, expires_at), delete on identity.slack_code to countersign_app;
