-- Data keys that grow old are replaced by whoever seals next; and a tenant's keys replaced at once, with two people and half an hour.

alter table keys.dek
  -- When it sealed for the last time; unknown for one that was retired before this column was there.
  add column retired_at timestamptz,
  -- Values sealed under the key itself. Bodies of the log are not: each is sealed under a key of its own, derived from this one, once.
  add column seals bigint not null default 0 check (seals >= 0);

-- Keys of HMACs are no keys that seal: the search index, and the index of persons. What they name is found under the same key only.
create function keys.is_index(of_purpose keys.purpose, of_subject bytea) returns boolean
  language sql immutable set search_path = pg_catalog, pg_temp
as $$ select of_purpose = 'column' or (of_purpose = 'pii' and of_subject is null) $$;

-- 90 days, or 2^30 seals, whichever comes first (NIST SP 800-38D 8.3 allows 2^32 random nonces). An environment is sealed anew as a whole
-- (`secret rotate`): its key, which alone says how old that is, is not replaced behind it.
create function keys.is_due(of_dek keys.dek) returns boolean
  language sql stable set search_path = pg_catalog, pg_temp
as $$
  select of_dek.state = 'active' and not keys.is_index(of_dek.purpose, of_dek.subject)
    and ((of_dek.purpose <> 'env' and of_dek.created_at <= now() - interval '90 days') or of_dek.seals >= 1073741824)
$$;

-- For the server, which makes the next one. INVARIANT: who breaks into it ends nothing by this but a key's turn that is over.
create function keys.retire_due(given uuid) returns boolean
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  update keys.dek d set state = 'decrypt_only', retired_at = now()
    where d.tenant_id = (select app.tid()) and d.dek_id = given and keys.is_due(d);
  return found;
end $$;

create function keys.count_seals(given uuid, sealed integer) returns void
  language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
  update keys.dek d set seals = d.seals + sealed
    where d.tenant_id = (select app.tid()) and d.dek_id = given and sealed between 1 and 1000000
$$;

create or replace function keys.retire_env() returns integer
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  changed integer;
begin
  update keys.dek d set state = 'decrypt_only', retired_at = now()
    where d.tenant_id = (select app.tid()) and d.purpose = 'env' and d.state = 'active';
  get diagnostics changed = row_count;
  return changed;
end $$;

-- Every key that seals: the next seal of each purpose, month and person makes another one.
create function keys.retire_all() returns integer
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  changed integer;
begin
  update keys.dek d set state = 'decrypt_only', retired_at = now()
    where d.tenant_id = (select app.tid()) and d.state = 'active' and not keys.is_index(d.purpose, d.subject);
  get diagnostics changed = row_count;
  return changed;
end $$;

-- Of the environment alone, which was sealed anew when they were retired: what the log's keys sealed has to open for as long as the log is kept.
create function keys.end_env(after_days integer) returns integer
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  changed integer;
begin
  update keys.dek d set retired_at = now()
    where d.tenant_id = (select app.tid()) and d.purpose = 'env' and d.state = 'decrypt_only' and d.retired_at is null;
  update keys.dek d set state = 'destroyed', wrapped = null, destroyed_at = now()
    where d.tenant_id = (select app.tid()) and d.purpose = 'env' and d.state = 'decrypt_only'
      and d.retired_at <= now() - make_interval(days => after_days);
  get diagnostics changed = row_count;
  return changed;
end $$;

-- A rotation that two people wanted at once. Each step is marked when it is done: one that was cut off goes on, within its half hour.
create table keys.break_glass (
  tenant_id uuid not null,
  break_glass_id uuid not null default platform.uuidv7(),
  reason text not null check (length(reason) between 1 and 500),
  asked_by text not null,
  confirmed_by text not null check (confirmed_by <> asked_by),
  opened_at timestamptz not null default now(),
  expires_at timestamptz not null default now() + interval '30 minutes',
  -- The version of the KEK that it has made.
  version integer check (version > 0),
  rewrapped_at timestamptz,
  resealed_at timestamptz,
  ended_at timestamptz,
  primary key (tenant_id, break_glass_id),
  check (expires_at <= opened_at + interval '30 minutes')
);
call platform.isolate_tenant_rows('keys.break_glass');
create unique index break_glass_one_open on keys.break_glass (tenant_id) where ended_at is null;

-- What only a provider can end: each credential that the old keys sealed, until somebody says that it was revoked there.
create table keys.revocation (
  tenant_id uuid not null,
  break_glass_id uuid not null,
  name text not null check (length(name) between 1 and 128),
  owner text not null,
  due_at timestamptz not null default now() + interval '4 hours',
  done_at timestamptz,
  done_by text,
  primary key (tenant_id, break_glass_id, name),
  foreign key (tenant_id, break_glass_id) references keys.break_glass (tenant_id, break_glass_id),
  check ((done_at is null) = (done_by is null))
);
call platform.isolate_tenant_rows('keys.revocation');

grant select on keys.break_glass, keys.revocation to countersign_app, countersign_auditor;
grant select, insert (tenant_id, reason, asked_by, confirmed_by), update (reason, asked_by, confirmed_by, opened_at, expires_at, version, rewrapped_at, resealed_at, ended_at)
  on keys.break_glass to countersign_operator;
grant select, insert (tenant_id, break_glass_id, name, owner), update (done_at, done_by) on keys.revocation to countersign_operator;

grant execute on function keys.is_index(keys.purpose, bytea), keys.is_due(keys.dek), keys.retire_due(uuid) to countersign_app, countersign_operator;
grant execute on function keys.count_seals(uuid, integer), keys.retire_all(), keys.end_env(integer) to countersign_operator;
