-- Deliveries from GitHub, kept until they are handled, and the replies that slash commands owe.

create schema inbox;
grant usage on schema inbox to countersign_app, countersign_auditor;

create table inbox.delivery (
  tenant_id uuid not null,
  -- X-GitHub-Delivery. A redelivery carries the same one: the key is what makes two of them one effect (G02).
  guid text not null check (guid ~ '^[A-Za-z0-9-]{1,64}$'),
  event text not null check (event ~ '^[a-z0-9_]{1,64}$'),
  installation_id bigint not null check (installation_id > 0),
  -- The signed bytes. Dropped when handled: what counted has become evidence.
  payload bytea check (octet_length(payload) <= 26214400),
  received_at timestamptz not null default now(),
  done_at timestamptz,
  outcome text check (outcome in ('handled', 'ignored', 'malformed')),
  primary key (tenant_id, guid),
  constraint done_says_how check ((done_at is null) = (outcome is null)),
  constraint waiting_has_its_payload check (done_at is not null or payload is not null)
);
create index on inbox.delivery (tenant_id, done_at) where done_at is not null;
call platform.isolate_tenant_rows('inbox.delivery');
grant select, insert (tenant_id, guid, event, installation_id, payload), update (payload, done_at, outcome), delete
  on inbox.delivery to countersign_app;
grant select on inbox.delivery to countersign_auditor;

-- One row per command whose answer is not on the pull request yet.
create table inbox.reply (
  tenant_id uuid not null,
  guid text not null,
  installation_id bigint not null check (installation_id > 0),
  repository_id bigint not null check (repository_id > 0),
  repository_name text not null,
  pull_request integer not null check (pull_request > 0),
  asked_at timestamptz not null,
  body text not null check (length(body) <= 65000),
  primary key (tenant_id, guid),
  foreign key (tenant_id, guid) references inbox.delivery (tenant_id, guid) on delete cascade
);
call platform.isolate_tenant_rows('inbox.reply');
grant select, insert, delete on inbox.reply to countersign_app;
grant select on inbox.reply to countersign_auditor;
