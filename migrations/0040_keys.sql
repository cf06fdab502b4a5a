-- Data keys (DEKs), each wrapped by its tenant's key (KEK). KEKs and the root key are never in the database: a dump, a replica
-- or a backup holds nothing that opens a row.

create schema keys;
grant usage on schema keys to countersign_app, countersign_operator, countersign_auditor;

create type keys.purpose as enum ('env', 'column', 'audit', 'packet', 'evidence', 'pii', 'webhook');
create type keys.dek_state as enum ('active', 'decrypt_only', 'destroyed');

create table keys.dek (
  tenant_id uuid not null,
  dek_id uuid not null,
  purpose keys.purpose not null,
  -- First day; the log has a key each month, so that a month can be disclosed or erased by itself.
  month date,
  -- HMAC of a person under a key of the tenant's: names nobody. With purpose pii and NULL: the key that makes these HMACs.
  subject bytea check (octet_length(subject) = 32),
  version integer not null default 1 check (version > 0),
  state keys.dek_state not null default 'active',
  wrapped bytea check (octet_length(wrapped) between 45 and 4096),
  created_at timestamptz not null default now(),
  destroyed_at timestamptz,
  primary key (tenant_id, dek_id),
  unique nulls not distinct (tenant_id, purpose, month, subject, version),
  check ((purpose = 'audit') = (month is not null)),
  check (subject is null or purpose = 'pii'),
  check ((state = 'destroyed') = (wrapped is null) and (state = 'destroyed') = (destroyed_at is not null))
);
call platform.isolate_tenant_rows('keys.dek');

-- No UPDATE: who breaks into the app cannot replace a wrapped key, and so cannot make a tenant's bodies unreadable.
grant select, insert (tenant_id, dek_id, purpose, month, subject, version, wrapped) on keys.dek to countersign_app, countersign_operator;
grant select on keys.dek to countersign_auditor;

-- Erasure of one person: every version of their key, and nothing but such keys. Gives the number that were destroyed.
create function keys.destroy_subject(of_subject bytea) returns integer
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  changed integer;
begin
  update keys.dek d set state = 'destroyed', wrapped = null, destroyed_at = now()
    where d.tenant_id = (select app.tid()) and d.purpose = 'pii' and d.subject = of_subject and d.state <> 'destroyed';
  get diagnostics changed = row_count;
  return changed;
end $$;

-- Which root key this database's keys were made under: one that is another is refused at start.
create table keys.root (
  id smallint primary key default 1 check (id = 1),
  fingerprint text not null check (length(fingerprint) between 8 and 200),
  known_since timestamptz not null default now()
);
grant select, insert (fingerprint) on keys.root to countersign_app, countersign_operator;

grant execute on function keys.destroy_subject(bytea) to countersign_app, countersign_operator;
