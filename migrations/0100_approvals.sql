-- A person's yes to exactly one call: requests, answers, links.

create schema approvals;
grant usage on schema approvals to countersign_app, countersign_auditor;

-- Which of the tenant's lives this is: it is raised when the client is suspended and when it is taken back.
create function approvals.own_epoch() returns integer
  language sql stable security definer set search_path = pg_catalog, pg_temp
as $$ select t.epoch from platform.tenant t where t.id = (select app.tid()) $$;
grant execute on function approvals.own_epoch() to countersign_app;

create type approvals.state as enum ('pending', 'approved', 'rejected', 'expired', 'void');

create table approvals.approval (
  tenant_id uuid not null,
  approval_id uuid not null default platform.uuidv7(),
  call_id uuid not null,
  agent_id uuid not null,
  requester_id uuid,
  -- What is approved: exactly these arguments, under these rules, on this commit.
  digest text not null check (digest ~ '^[0-9a-f]{64}$'),
  policy_set text not null check (policy_set ~ '^[!-~]{1,128}$'),
  head_sha text check (head_sha ~ '^([0-9a-f]{40}|[0-9a-f]{64})$'),
  risk text not null check (risk in ('normal', 'high')),
  quorum smallint not null check (quorum between 1 and 5),
  -- INVARIANT: what was asked before the client was suspended is worth nothing after it was taken back.
  epoch integer not null default coalesce(approvals.own_epoch(), 0),
  -- What people are shown, and the facts it was decided on, under the tenant's own key.
  shown bytea not null check (octet_length(shown) between 44 and 1048576),
  -- The pull request on which it is made known.
  repository_id bigint,
  repository_name text,
  installation_id bigint,
  number integer,
  sha text,
  -- The monotonic clock of the machine that took the request: a wall clock that is set back extends nothing.
  boot text not null check (length(boot) between 1 and 64),
  monotonic_ms bigint not null check (monotonic_ms >= 0),
  requested_at timestamptz not null,
  expires_at timestamptz not null,
  state approvals.state not null default 'pending',
  cause text check (cause in ('superseded', 'head_moved', 'client_suspended', 'rules_changed', 'arguments_changed', 'approver_changed', 'not_used', 'stopped', 'pull_request_closed')),
  decided_at timestamptz,
  ended_at timestamptz,
  -- The one execution that it was taken for.
  used_at timestamptz,
  primary key (tenant_id, approval_id),
  check (expires_at > requested_at and expires_at <= requested_at + interval '24 hours'),
  check ((state = 'pending') = (ended_at is null)),
  check ((state = 'void') = (cause is not null)),
  check ((repository_id is null) = (number is null) and (number is null) = (sha is null) and (sha is null) = (repository_name is null)
    and (repository_name is null) = (installation_id is null)),
  check (used_at is null or decided_at is not null)
);
-- INVARIANT (26): one call has one request that counts.
create unique index one_open_request on approvals.approval (tenant_id, call_id) where state in ('pending', 'approved');
create index on approvals.approval (tenant_id, expires_at) where state = 'pending';
create index on approvals.approval (tenant_id, repository_id, number) where repository_id is not null;
call platform.isolate_tenant_rows('approvals.approval');

-- One row a person: clicking twice is answering once, and a quorum is of different people by its key.
create table approvals.answer (
  tenant_id uuid not null,
  approval_id uuid not null,
  -- A person of the tenant's; all zeros for an operator, whose name is sealed with the reason.
  person_id uuid not null,
  answer text not null check (answer in ('approve', 'reject')),
  channel text not null check (channel in ('page', 'slack', 'email', 'cli')),
  -- The passkey over exactly this answer, where one was needed.
  credential text check (length(credential) <= 1024),
  -- The person's own words, sealed.
  reason bytea not null check (octet_length(reason) between 44 and 16384),
  answered_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, approval_id, person_id),
  foreign key (tenant_id, approval_id) references approvals.approval (tenant_id, approval_id)
);
call platform.isolate_tenant_rows('approvals.answer');

-- A link opens a page for one person. The mark is a MAC under the tenant's key over tenant, request, person and secret: nobody who writes
-- rows can make a link, and nobody who reads them has one.
create table approvals.link (
  tenant_id uuid not null,
  approval_id uuid not null,
  link_id uuid not null default platform.uuidv7(),
  person_id uuid not null,
  key_id uuid not null,
  mark bytea not null check (octet_length(mark) = 32),
  issued_at timestamptz not null default clock_timestamp(),
  used_at timestamptz,
  primary key (tenant_id, link_id),
  foreign key (tenant_id, approval_id) references approvals.approval (tenant_id, approval_id)
);
create index on approvals.link (tenant_id, approval_id);
call platform.isolate_tenant_rows('approvals.link');

-- INVARIANT: also for who breaks into the server's login: what was asked stays as it was asked; a request goes forward only; no yes counts
-- after its time, and none is one without enough different people.
create function approvals.only_forward() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  yes integer;
begin
  if (to_jsonb(new) - '{state,cause,decided_at,ended_at,used_at}'::text[]) <> (to_jsonb(old) - '{state,cause,decided_at,ended_at,used_at}'::text[])
    or old.state in ('rejected', 'expired', 'void')
    or (old.state = 'approved' and new.state not in ('approved', 'void'))
    or (old.used_at is not null and (new.used_at is distinct from old.used_at or new.state <> old.state))
    or (old.decided_at is not null and new.decided_at is distinct from old.decided_at)
    or (new.used_at is not null and new.state <> 'approved')
  then
    raise exception 'An approval goes from % only forward, not to %', old.state, new.state
      using errcode = 'integrity_constraint_violation', constraint = 'approval_only_forward', table = 'approval', schema = 'approvals';
  end if;
  if new.state = 'approved' and old.state = 'pending' then
    select count(*) into yes from approvals.answer a
      where a.tenant_id = new.tenant_id and a.approval_id = new.approval_id and a.answer = 'approve';
    if yes < new.quorum or clock_timestamp() >= new.expires_at then
      raise exception 'An approval needs % people in time, and has %', new.quorum, yes
        using errcode = 'integrity_constraint_violation', constraint = 'approval_quorum', table = 'approval', schema = 'approvals';
    end if;
  end if;
  return new;
end $$;
create trigger only_forward before update on approvals.approval for each row execute function approvals.only_forward();
alter table approvals.approval enable always trigger only_forward;

create function approvals.answer_in_time() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  -- A yes can be taken back while others are still asked; nothing else is changed.
  if tg_op = 'UPDATE' and (old.answer <> 'approve' or new.answer <> 'reject'
    or (new.tenant_id, new.approval_id, new.person_id) <> (old.tenant_id, old.approval_id, old.person_id))
  then
    raise exception 'An answer stays, but for a yes that is taken back'
      using errcode = 'integrity_constraint_violation', constraint = 'answer_stays', table = 'answer', schema = 'approvals';
  end if;
  -- Another client's row is refused by the row's own policy, in the same words whatever is there.
  if new.tenant_id is distinct from app.tid() and row_security_active('approvals.answer') then
    return new;
  end if;
  perform from approvals.approval a
    where a.tenant_id = new.tenant_id and a.approval_id = new.approval_id and a.state = 'pending'
      and (new.answer = 'reject' or (clock_timestamp() < a.expires_at and new.channel = 'page'
        and a.requester_id is distinct from new.person_id and (a.risk = 'normal' or new.credential is not null)));
  if not found then
    raise exception 'This answer comes too late, or from who may not give it'
      using errcode = 'integrity_constraint_violation', constraint = 'answer_in_time', table = 'answer', schema = 'approvals';
  end if;
  return new;
end $$;
create trigger answer_in_time before insert or update on approvals.answer for each row execute function approvals.answer_in_time();
alter table approvals.answer enable always trigger answer_in_time;

-- A link is used once, and is nobody else's afterwards.
create function approvals.link_once() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  if old.used_at is not null or (to_jsonb(new) - 'used_at') <> (to_jsonb(old) - 'used_at') then
    raise exception 'A link is used once' using errcode = 'integrity_constraint_violation', constraint = 'link_once', table = 'link', schema = 'approvals';
  end if;
  return new;
end $$;
create trigger link_once before update on approvals.link for each row execute function approvals.link_once();
alter table approvals.link enable always trigger link_once;

grant select, insert (tenant_id, approval_id, call_id, agent_id, requester_id, digest, policy_set, head_sha, risk, quorum, shown, repository_id,
    repository_name, installation_id, number, sha, boot, monotonic_ms, requested_at, expires_at),
  update (state, cause, decided_at, ended_at, used_at) on approvals.approval to countersign_app;
grant select, insert (tenant_id, approval_id, person_id, answer, channel, credential, reason),
  update (answer, channel, credential, reason, answered_at) on approvals.answer to countersign_app;
grant select, insert (tenant_id, approval_id, person_id, key_id, mark), update (used_at) on approvals.link to countersign_app;
grant select on all tables in schema approvals to countersign_auditor;
