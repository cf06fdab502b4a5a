-- The doer (guarantees X12, X13, X14): packets on their way to it, the nonces it has consumed, and what became of each execution.

create schema doer;
grant usage on schema doer to countersign_app, countersign_doer, countersign_auditor;

-- The queue. A packet is sealed under the tenant's key: who reads the table learns whose call waits, and nothing of it.
create table doer.packet (
  tenant_id uuid not null,
  packet_id uuid not null default platform.uuidv7(),
  sealed bytea not null check (octet_length(sealed) between 60 and 4194304),
  sent_at timestamptz not null default clock_timestamp(),
  -- Whose doer died with it in hand loses it to another one a little later.
  taken_at timestamptz,
  primary key (tenant_id, packet_id)
);
create index on doer.packet (sent_at);
call platform.isolate_tenant_rows('doer.packet');

-- INVARIANT: a nonce, a call and an intent are consumed once, ever, by any number of doers. Nobody may change or remove a row.
create table doer.nonce (
  tenant_id uuid not null,
  nonce bytea not null check (octet_length(nonce) = 32),
  call_id uuid not null,
  intent uuid not null,
  consumed_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, nonce),
  unique (tenant_id, call_id),
  unique (tenant_id, intent)
);
create index on doer.nonce (tenant_id, consumed_at);
call platform.isolate_tenant_rows('doer.nonce');

create table doer.execution (
  tenant_id uuid not null,
  call_id uuid not null,
  tool text not null check (tool ~ '^[a-z][a-z0-9_.-]{0,63}$'),
  -- Which process has it. It says again and again that it lives; one that does not has died with it.
  doer uuid not null,
  begun_at timestamptz not null default clock_timestamp(),
  alive_until timestamptz not null,
  -- NULL: under way.
  kind text check (kind in ('done', 'refused', 'failed', 'killed', 'unknown')),
  ended_at timestamptz,
  -- The entry of the log that says the outcome.
  entry uuid,
  -- The result, sealed under the tenant's key.
  sealed bytea check (octet_length(sealed) between 45 and 4194304),
  primary key (tenant_id, call_id),
  foreign key (tenant_id, call_id) references doer.nonce (tenant_id, call_id),
  check ((kind is null) = (ended_at is null) and (kind is null) = (entry is null) and (kind is null) = (sealed is null))
);
create index on doer.execution (alive_until) where kind is null;
call platform.isolate_tenant_rows('doer.execution');

-- INVARIANT: one outcome. What has ended stays as it ended, also for who breaks into the doer.
create function doer.only_once() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  if old.kind is not null or (new.tenant_id, new.call_id, new.tool, new.doer, new.begun_at) is distinct from (old.tenant_id, old.call_id, old.tool, old.doer, old.begun_at)
  then
    raise exception 'An execution ends once'
      using errcode = 'integrity_constraint_violation', constraint = 'execution_only_once', table = 'execution', schema = 'doer';
  end if;
  return new;
end $$;
create trigger only_once before update on doer.execution for each row execute function doer.only_once();
alter table doer.execution enable always trigger only_once;

-- The queue is every client's, and so is what a dead doer has left.
create policy doer_works on doer.packet to countersign_doer using (true) with check (true);
create policy doer_sees on doer.execution for select to countersign_doer using (true);

grant select, insert (tenant_id, sealed) on doer.packet to countersign_app;
grant select, update (taken_at), delete on doer.packet to countersign_doer;
grant select, insert (tenant_id, nonce, call_id, intent) on doer.nonce to countersign_doer;
grant select, insert (tenant_id, call_id, tool, doer, alive_until), update (alive_until, kind, ended_at, entry, sealed)
  on doer.execution to countersign_doer;
grant select on doer.nonce, doer.execution to countersign_app;
grant select on doer.packet, doer.nonce, doer.execution to countersign_auditor;

-- The doer writes the log of the tenant whose call it is, under that tenant's claim, and seals as the server does.
grant usage on schema app, platform, audit, keys to countersign_doer;
grant select on platform.migration to countersign_doer;
grant execute on function app.tid(), platform.uuidv7(), platform.claim_facts(uuid), platform.own_tenant(), platform.own_installations(),
  audit.incarnation(), keys.is_index(keys.purpose, bytea), keys.is_due(keys.dek), keys.retire_due(uuid) to countersign_doer;
grant select, insert (tenant_id, entry_id, leaf) on audit.entry to countersign_doer;
grant select, insert (tenant_id, entry_id, part, nonce, key_id, ct) on audit.body to countersign_doer;
grant select, insert (tenant_id, entry_id, kind, outcome, blind) on audit.search to countersign_doer;
grant select, insert (tenant_id, dek_id, purpose, month, subject, version, wrapped) on keys.dek to countersign_doer;
grant select on keys.root to countersign_doer;

-- INVARIANT: no key that opens what signs, and none of a client's credentials, even wrapped: those are the app's and the lease broker's.
create policy doer_opens_no_signing_key on keys.dek as restrictive to countersign_doer
  using (purpose not in ('packet', 'env', 'webhook')) with check (purpose not in ('packet', 'env', 'webhook'));
