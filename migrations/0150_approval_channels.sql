-- Where a client's approvers are told of what waits for them, and which message said so.

create table approvals.channel (
  tenant_id uuid not null,
  kind text not null check (kind in ('slack', 'mail')),
  -- Mail goes to each person at an address of their own; all zeros: the one channel that the client has in Slack.
  person_id uuid not null,
  -- Workspace and channel, or the address; sealed.
  place bytea not null check (octet_length(place) between 45 and 4096),
  set_at timestamptz not null default now(),
  primary key (tenant_id, kind, person_id),
  check ((kind = 'slack') = (person_id = '00000000-0000-0000-0000-000000000000'))
);
call platform.isolate_tenant_rows('approvals.channel');

-- The message in Slack about one request, so that it can be written over when the request has ended. Ids alone.
create table approvals.posted (
  tenant_id uuid not null,
  approval_id uuid not null,
  team text not null check (team ~ '^[A-Z0-9]{1,32}$'),
  channel text not null check (channel ~ '^[A-Z0-9]{1,32}$'),
  ts text not null check (ts ~ '^[0-9]{1,16}\.[0-9]{1,16}$'),
  posted_at timestamptz not null default now(),
  primary key (tenant_id, approval_id),
  foreign key (tenant_id, approval_id) references approvals.approval (tenant_id, approval_id)
);
call platform.isolate_tenant_rows('approvals.posted');

-- INVARIANT: a break-in through the server tells nobody else what waits: only the operator's role says where approvers are reached.
grant usage on schema approvals to countersign_operator;
grant select on approvals.channel to countersign_app, countersign_operator, countersign_auditor;
grant insert (tenant_id, kind, person_id, place), update (place, set_at), delete on approvals.channel to countersign_operator;
grant select, insert (tenant_id, approval_id, team, channel, ts) on approvals.posted to countersign_app;
grant select on approvals.posted to countersign_auditor;
