-- Short-lived credentials (guarantee X14). A row says what was asked, what became of it and when; the credential itself is never here:
-- it lives in the lease broker's memory and its sealed spool until it is revoked.

create schema leases;
grant usage on schema leases to countersign_app, countersign_operator, countersign_broker, countersign_auditor;

create type leases.state as enum
  ('requested', 'minting', 'active', 'revoking', 'revoked', 'expired', 'irrevocable', 'refused');

create table leases.lease (
  tenant_id uuid not null,
  lease_id uuid not null default platform.uuidv7(),
  -- Which broker minted it: it alone can revoke it, and after a crash it alone says what became of it.
  broker uuid not null,
  -- One run of one agent or job: the handle is for it alone.
  run text not null check (run ~ '^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$'),
  purpose text not null check (purpose ~ '^[a-z][a-z0-9._-]{0,63}$'),
  -- Ids, names of permissions and of sealed values. Never a credential.
  scope jsonb not null check (scope ->> 'kind' in ('github', 'database', 'vault')),
  -- INVARIANT: a lease never outlives 60 seconds. The broker's monotonic clock ends it; this is the last word on what may be asked.
  seconds smallint not null check (seconds between 1 and 60),
  state leases.state not null default 'requested',
  -- SHA-256. A dump of this table opens nothing.
  handle bytea check (octet_length(handle) = 32),
  -- The entries of the log that say what was about to be done.
  intent uuid not null,
  revoke_intent uuid,
  -- Why it ended, and what a person should know about how.
  because text check (because in ('finished', 'timeout', 'killed', 'restarted', 'operator', 'broken')),
  note text check (length(note) <= 500),
  tries smallint not null default 0 check (tries >= 0),
  requested_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  ended_at timestamptz,
  -- When the provider ends the credential by itself, whatever we do. NULL: never, or nothing was minted.
  dead_by timestamptz,
  primary key (tenant_id, lease_id),
  unique (tenant_id, handle),
  check (expires_at <= requested_at + interval '61 seconds'),
  check ((state in ('revoked', 'expired', 'refused')) = (ended_at is not null))
);
create index on leases.lease (tenant_id, requested_at) where ended_at is null;
call platform.isolate_tenant_rows('leases.lease');

-- INVARIANT: what has ended stays ended, and nothing is active twice: also for who breaks into the broker's login.
create function leases.only_forward() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  if old.state in ('revoked', 'expired', 'refused')
    or (new.state = 'active' and old.state <> 'minting')
    or (new.state in ('requested', 'minting') and old.state <> new.state)
    or (new.tenant_id, new.lease_id, new.broker, new.intent, new.seconds, new.expires_at) is distinct from (old.tenant_id, old.lease_id, old.broker, old.intent, old.seconds, old.expires_at)
  then
    raise exception 'A lease goes from % only forward, not to %', old.state, new.state
      using errcode = 'integrity_constraint_violation', constraint = 'lease_only_forward', table = 'lease', schema = 'leases';
  end if;
  return new;
end $$;
create trigger only_forward before update on leases.lease for each row execute function leases.only_forward();
alter table leases.lease enable always trigger only_forward;

-- The broker ends leases of clients whose claims are dead, too: suspended a moment ago, or on their way out.
create policy broker_works on leases.lease to countersign_broker using (true) with check (true);
grant select, insert (tenant_id, lease_id, broker, run, purpose, scope, seconds, state, intent, expires_at),
  update (state, handle, revoke_intent, because, note, tries, ended_at, dead_by) on leases.lease to countersign_broker;

-- The operator sees which leases are open, of every client, suspended or not: no handle, not even its hash.
create policy operator_reads on leases.lease for select to countersign_operator using (true);
grant select (tenant_id, lease_id, run, purpose, scope, seconds, state, because, note, tries, requested_at, expires_at, ended_at, dead_by)
  on leases.lease to countersign_operator;
-- The server: what became of an intent in its tenant's log.
grant select (tenant_id, lease_id, run, purpose, scope, seconds, state, intent, revoke_intent, because, note, tries, requested_at, expires_at, ended_at, dead_by)
  on leases.lease to countersign_app;
grant select on leases.lease to countersign_auditor;

-- The broker writes the log of the tenant whose lease it is, under that tenant's claim, as the server does; nothing else of the server's is its.
grant usage on schema app, platform, audit, keys to countersign_broker;
grant select on platform.migration to countersign_broker;
grant execute on function app.tid(), platform.uuidv7(), platform.claim_facts(uuid), platform.own_tenant(), platform.own_installations(),
  audit.incarnation() to countersign_broker;
grant select, insert (tenant_id, entry_id, leaf) on audit.entry to countersign_broker;
grant select, insert (tenant_id, entry_id, part, nonce, key_id, ct) on audit.body to countersign_broker;
grant select, insert (tenant_id, entry_id, kind, outcome, blind) on audit.search to countersign_broker;
grant select, insert (tenant_id, dek_id, purpose, month, subject, version, wrapped) on keys.dek to countersign_broker;
grant select on keys.root to countersign_broker;
