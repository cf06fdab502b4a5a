-- The gate's work under way: what is being published, merged, watched. State machines, hence UPDATE by column;
-- the durable record of each act is its intent and outcome in the audit log.

-- One check run per SHA. open_intent: an intent entry whose outcome is not written yet.
create table gate.check_run (
  tenant_id uuid not null,
  repository_id bigint not null,
  sha text not null,
  check_run_id bigint,
  -- Of what was written last: the same is not written again.
  report_digest text,
  conclusion text check (conclusion in ('success', 'failure', 'action_required')),
  open_intent uuid,
  intent_at timestamptz,
  published_at timestamptz,
  primary key (tenant_id, repository_id, sha)
);
create index on gate.check_run (tenant_id, intent_at) where open_intent is not null;

-- One merge somebody asked for. `calling`: the merge call may have been made.
create table gate.merge_attempt (
  tenant_id uuid not null,
  merge_attempt_id uuid not null default platform.uuidv7(),
  repository_id bigint not null,
  number integer not null,
  requested_type text not null,
  requested_id text not null,
  state text not null default 'requested' check (state in ('requested', 'intended', 'calling', 'done')),
  outcome text check (outcome in ('success', 'failure', 'refused', 'recovered', 'not_performed')),
  intent uuid,
  head_sha text,
  base_ref text,
  merge_sha text,
  tries integer not null default 0,
  requested_at timestamptz not null default clock_timestamp(),
  changed_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, merge_attempt_id),
  check ((state = 'done') = (outcome is not null))
);
-- INVARIANT: one live attempt per pull request; a command that is delivered twice is one attempt (E05).
create unique index one_live_attempt on gate.merge_attempt (tenant_id, repository_id, number) where state <> 'done';
create index on gate.merge_attempt (tenant_id, repository_id, merge_sha) where merge_sha is not null;

-- Raised and kept. `subject` makes one thing one incident, however often it is seen.
create table gate.incident (
  tenant_id uuid not null,
  incident_id uuid not null default platform.uuidv7(),
  repository_id bigint not null,
  kind text not null check (kind in ('merged_around', 'direct_push', 'merge_mismatch', 'history_rewritten', 'unprotected', 'check_spoofed')),
  subject text not null,
  number integer,
  detail text not null,
  opened_at timestamptz not null default clock_timestamp(),
  closed_at timestamptz,
  primary key (tenant_id, incident_id)
);
create unique index one_open_incident on gate.incident (tenant_id, repository_id, kind, subject) where closed_at is null;

-- A revert pull request is asked for once per incident.
create table gate.revert (
  tenant_id uuid not null,
  incident_id uuid not null,
  intent uuid not null,
  outcome text check (outcome in ('success', 'failure')),
  revert_number integer,
  primary key (tenant_id, incident_id),
  foreign key (tenant_id, incident_id) references gate.incident (tenant_id, incident_id)
);

-- Up to where the commits of a production branch have been judged.
create table gate.branch_walk (
  tenant_id uuid not null,
  repository_id bigint not null,
  branch text not null,
  sha text not null,
  walked_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, repository_id, branch)
);

-- What GitHub asked to be checked for its merge queue: a SHA of its own, which no pull request has.
create table gate.merge_group (
  tenant_id uuid not null,
  repository_id bigint not null,
  sha text not null,
  base_ref text not null,
  seen_at timestamptz not null default clock_timestamp(),
  decision text check (decision in ('pass', 'fail', 'error')),
  facts_digest text,
  report text,
  primary key (tenant_id, repository_id, sha)
);

call platform.isolate_tenant_rows('gate.merge_group');
call platform.isolate_tenant_rows('gate.check_run');
call platform.isolate_tenant_rows('gate.merge_attempt');
call platform.isolate_tenant_rows('gate.incident');
call platform.isolate_tenant_rows('gate.revert');
call platform.isolate_tenant_rows('gate.branch_walk');

grant select, insert (tenant_id, repository_id, sha, base_ref), update (decision, facts_digest, report) on gate.merge_group to countersign_app;
grant select, insert, update (check_run_id, report_digest, conclusion, open_intent, intent_at, published_at) on gate.check_run to countersign_app;
grant select, insert (tenant_id, repository_id, number, requested_type, requested_id),
  update (state, outcome, intent, head_sha, base_ref, merge_sha, tries, changed_at) on gate.merge_attempt to countersign_app;
grant select, insert (tenant_id, repository_id, kind, subject, number, detail), update (closed_at) on gate.incident to countersign_app;
grant select, insert (tenant_id, incident_id, intent), update (outcome, revert_number) on gate.revert to countersign_app;
grant select, insert, update (sha, walked_at) on gate.branch_walk to countersign_app;
grant select on all tables in schema gate to countersign_auditor;
