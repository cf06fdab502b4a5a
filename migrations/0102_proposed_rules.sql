-- Answers that may become rules of the client's constitution: made of the case, tried, and waiting for an operator.

create table approvals.proposal (
  tenant_id uuid not null,
  proposal_id uuid not null default platform.uuidv7(),
  approval_id uuid not null,
  person_id uuid not null,
  kind text not null check (kind in ('rule', 'guidance')),
  rule_id text not null check (rule_id ~ '^[a-z][a-z0-9_]{0,40}(\.[a-z0-9_]{1,40}){1,4}$'),
  -- Its files, sealed: they quote the case.
  files bytea not null check (octet_length(files) between 44 and 262144),
  state text not null default 'open' check (state in ('open', 'accepted', 'dropped')),
  proposed_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz,
  primary key (tenant_id, proposal_id),
  unique (tenant_id, rule_id),
  foreign key (tenant_id, approval_id) references approvals.approval (tenant_id, approval_id),
  check ((state = 'open') = (ended_at is null))
);
call platform.isolate_tenant_rows('approvals.proposal');
create index on approvals.proposal (tenant_id, proposed_at) where state = 'open';
grant select, insert (tenant_id, proposal_id, approval_id, person_id, kind, rule_id, files), update (state, ended_at) on approvals.proposal to countersign_app;
grant select on approvals.proposal to countersign_auditor;
