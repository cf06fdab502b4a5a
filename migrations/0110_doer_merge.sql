-- A merge that the doer asks the merge gate for: the gate decides and merges with its own credential, and answers here. And what of other
-- rooms the doer has to ask at the moment of executing.

create table doer.merge (
  tenant_id uuid not null,
  call_id uuid not null,
  repository_id bigint not null check (repository_id > 0),
  number integer not null check (number > 0),
  -- INVARIANT: this commit and no other is merged.
  head_sha text not null check (head_sha ~ '^([0-9a-f]{40}|[0-9a-f]{64})$'),
  asked_at timestamptz not null default clock_timestamp(),
  attempt uuid,
  outcome text check (outcome in ('success', 'failure', 'refused', 'recovered', 'not_performed')),
  merge_sha text,
  why text check (length(why) <= 500),
  primary key (tenant_id, call_id),
  foreign key (tenant_id, call_id) references doer.execution (tenant_id, call_id)
);
create index on doer.merge (asked_at) where outcome is null;
call platform.isolate_tenant_rows('doer.merge');
grant select, insert (tenant_id, call_id, repository_id, number, head_sha) on doer.merge to countersign_doer;
grant select, update (attempt, outcome, merge_sha, why) on doer.merge to countersign_app;
grant select on doer.merge to countersign_auditor;

-- The kill switch, read within a second in this process, too.
grant usage on schema controls to countersign_doer;
grant execute on function controls.killed() to countersign_doer;
