-- The gate's evidence: what was seen first, and by whom a change was ever touched. Written from webhooks and from reads, never
-- updated. INVARIANT: every `at` is a time of GitHub's servers; `recorded_at` is this database's and decides nothing.

create schema gate;
grant usage on schema gate to countersign_app, countersign_auditor;

-- Where a repository is, by id: names change hands.
create table gate.repository (
  tenant_id uuid not null,
  repository_id bigint not null check (repository_id > 0),
  installation_id bigint not null check (installation_id > 0),
  name text not null check (length(name) between 3 and 141),
  default_branch text,
  active boolean not null default true,
  updated_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, repository_id)
);

-- Last known state and last verdict of a pull request. A cache of what the ledger and GitHub say; never evidence.
create table gate.pull_request (
  tenant_id uuid not null,
  repository_id bigint not null,
  number integer not null check (number > 0),
  state text not null default 'open' check (state in ('open', 'closed', 'merged')),
  head_sha text,
  base_ref text,
  -- GitHub's updated_at when it was last evaluated: another value means drift.
  updated_mark timestamptz,
  verdict_id uuid,
  evaluated_at timestamptz,
  primary key (tenant_id, repository_id, number),
  foreign key (tenant_id, repository_id) references gate.repository (tenant_id, repository_id)
);
create index on gate.pull_request (tenant_id, repository_id, head_sha);

create table gate.head_seen (
  tenant_id uuid not null,
  head_seen_id uuid not null default platform.uuidv7(),
  repository_id bigint not null,
  number integer not null,
  source text not null check (source in ('activity', 'force_push', 'payload', 'opened')),
  sha text,
  before_sha text,
  actor_id bigint,
  actor_login text,
  actor_type text,
  at timestamptz not null,
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, head_seen_id),
  unique nulls not distinct (tenant_id, repository_id, number, sha, before_sha, at, source)
);

-- INVARIANT: the first row for a review stays. GitHub may later re-point its commit_id; this is the only record of what it
-- was given on (case A04).
create table gate.review_seen (
  tenant_id uuid not null,
  repository_id bigint not null,
  number integer not null,
  review_id bigint not null,
  sha text not null,
  base_ref text not null,
  at timestamptz not null,
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, repository_id, review_id)
);
create index on gate.review_seen (tenant_id, repository_id, number);

create table gate.base_seen (
  tenant_id uuid not null,
  base_seen_id uuid not null default platform.uuidv7(),
  repository_id bigint not null,
  number integer not null,
  from_ref text not null,
  to_ref text not null,
  at timestamptz not null,
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, base_seen_id),
  unique (tenant_id, repository_id, number, from_ref, to_ref, at)
);

-- Whoever had a hand in any head this pull request ever had: a force-push does not wash anybody clean.
create table gate.contribution (
  tenant_id uuid not null,
  repository_id bigint not null,
  number integer not null,
  user_id bigint not null,
  role text not null check (role in ('author', 'contributor', 'coauthor', 'pusher')),
  login text not null,
  type text not null check (type in ('User', 'Bot', 'Organization', 'Mannequin')),
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, repository_id, number, user_id, role)
);

-- Who asked for the work. No row: unknown.
create table gate.requester (
  tenant_id uuid not null,
  requester_id uuid not null default platform.uuidv7(),
  repository_id bigint not null,
  number integer not null,
  user_id bigint,
  login text not null,
  source text not null check (source in ('issue', 'assignment', 'command', 'operator')),
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, requester_id),
  unique nulls not distinct (tenant_id, repository_id, number, user_id, login)
);

-- The "Approve" button of our own check run. GitHub binds it to the run's head, so it cannot be re-pointed.
create table gate.step_up (
  tenant_id uuid not null,
  step_up_id uuid not null default platform.uuidv7(),
  repository_id bigint not null,
  sha text not null,
  user_id bigint not null,
  login text not null,
  type text not null check (type in ('User', 'Bot', 'Organization', 'Mannequin')),
  at timestamptz not null,
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, step_up_id),
  unique (tenant_id, repository_id, sha, user_id, at)
);

-- `hold` stops until the same holder's row, or everybody's, is followed by `release`; `withdraw` takes back what the user
-- approved until then. Only ever narrows.
create table gate.stop (
  tenant_id uuid not null,
  stop_id uuid not null default platform.uuidv7(),
  repository_id bigint not null,
  number integer not null,
  act text not null check (act in ('hold', 'release', 'withdraw')),
  user_id bigint not null,
  login text not null,
  type text not null check (type in ('User', 'Bot', 'Organization', 'Mannequin')),
  reason text not null default '' check (length(reason) <= 500),
  at timestamptz not null,
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, stop_id),
  unique (tenant_id, repository_id, number, act, user_id, at)
);

-- Pushes to branches, whatever pull request they are of.
create table gate.push_seen (
  tenant_id uuid not null,
  push_seen_id uuid not null default platform.uuidv7(),
  repository_id bigint not null,
  branch text not null,
  before_sha text,
  after_sha text,
  forced boolean not null,
  actor_id bigint,
  actor_login text,
  actor_type text,
  at timestamptz not null,
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, push_seen_id),
  unique nulls not distinct (tenant_id, repository_id, branch, before_sha, after_sha, at)
);

-- Accounts of type User behind which no human sits, as the tenant's operator says.
create table gate.service_account (
  tenant_id uuid not null,
  login text not null check (login = lower(login)),
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, login)
);

create table gate.verdict (
  tenant_id uuid not null,
  verdict_id uuid not null default platform.uuidv7(),
  repository_id bigint not null,
  number integer not null,
  head_sha text not null,
  base_ref text not null,
  decision text not null check (decision in ('pass', 'fail', 'error')),
  reasons text[] not null,
  facts_digest text not null check (facts_digest ~ '^[0-9a-f]{64}$'),
  -- What the check run will say, as JSON text.
  report text not null,
  decided_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, verdict_id)
);
create index on gate.verdict (tenant_id, repository_id, number, verdict_id);

call platform.isolate_tenant_rows('gate.repository');
call platform.isolate_tenant_rows('gate.pull_request');
call platform.isolate_tenant_rows('gate.head_seen');
call platform.isolate_tenant_rows('gate.review_seen');
call platform.isolate_tenant_rows('gate.base_seen');
call platform.isolate_tenant_rows('gate.contribution');
call platform.isolate_tenant_rows('gate.requester');
call platform.isolate_tenant_rows('gate.step_up');
call platform.isolate_tenant_rows('gate.stop');
call platform.isolate_tenant_rows('gate.push_seen');
call platform.isolate_tenant_rows('gate.service_account');
call platform.isolate_tenant_rows('gate.verdict');

-- State: insert and update. Evidence: INSERT by column and nothing else, so that no break-in through the app rewrites it.
grant select, insert, update (installation_id, name, default_branch, active, updated_at) on gate.repository to countersign_app;
grant select, insert, update (state, head_sha, base_ref, updated_mark, verdict_id, evaluated_at) on gate.pull_request to countersign_app;
grant select, insert (tenant_id, repository_id, number, source, sha, before_sha, actor_id, actor_login, actor_type, at) on gate.head_seen to countersign_app;
grant select, insert (tenant_id, repository_id, number, review_id, sha, base_ref, at) on gate.review_seen to countersign_app;
grant select, insert (tenant_id, repository_id, number, from_ref, to_ref, at) on gate.base_seen to countersign_app;
grant select, insert (tenant_id, repository_id, number, user_id, role, login, type) on gate.contribution to countersign_app;
grant select, insert (tenant_id, repository_id, number, user_id, login, source) on gate.requester to countersign_app;
grant select, insert (tenant_id, repository_id, sha, user_id, login, type, at) on gate.step_up to countersign_app;
grant select, insert (tenant_id, repository_id, number, act, user_id, login, type, reason, at) on gate.stop to countersign_app;
grant select, insert (tenant_id, repository_id, branch, before_sha, after_sha, forced, actor_id, actor_login, actor_type, at) on gate.push_seen to countersign_app;
grant select, insert (tenant_id, login) on gate.service_account to countersign_app, countersign_operator;
grant select, insert (tenant_id, repository_id, number, head_sha, base_ref, decision, reasons, facts_digest, report) on gate.verdict to countersign_app;
grant usage on schema gate to countersign_operator;
