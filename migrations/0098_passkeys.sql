-- Passkeys: what a person adds to a session where a decision weighs more.

create table identity.passkey (
  tenant_id uuid not null,
  passkey_id uuid not null default platform.uuidv7(),
  person_id uuid not null,
  -- As the authenticator names it.
  credential bytea not null check (octet_length(credential) between 1 and 1023),
  -- COSE.
  public_key bytea not null check (octet_length(public_key) between 16 and 2048),
  counter bigint not null check (counter >= 0),
  transports text[] not null check (cardinality(transports) <= 8),
  name text not null check (name ~ '^[A-Za-z0-9][A-Za-z0-9 ._@+-]{0,59}$'),
  added_at timestamptz not null default now(),
  last_used_at timestamptz,
  primary key (tenant_id, passkey_id),
  unique (tenant_id, credential),
  foreign key (tenant_id, person_id) references identity.person (tenant_id, person_id)
);
create index on identity.passkey (tenant_id, person_id);
call platform.isolate_tenant_rows('identity.passkey');
revoke select on identity.passkey from countersign_auditor;
grant select (tenant_id) on identity.passkey to countersign_auditor;
grant select, insert (tenant_id, person_id, credential, public_key, counter, transports, name), update (counter, last_used_at), delete
  on identity.passkey to countersign_app;

-- What an authenticator is asked to sign: once, by one person, for one purpose, within five minutes. What is signed is a hash of these 32
-- bytes and of what is confirmed, so that the row without the confirmed thing is worth nothing.
create table identity.challenge (
  tenant_id uuid not null,
  challenge_id uuid not null default platform.uuidv7(),
  person_id uuid not null,
  purpose text not null check (purpose in ('register', 'step_up')),
  nonce bytea not null check (octet_length(nonce) = 32),
  expires_at timestamptz not null default now() + interval '5 minutes',
  primary key (tenant_id, challenge_id),
  foreign key (tenant_id, person_id) references identity.person (tenant_id, person_id)
);
create index on identity.challenge (tenant_id, person_id);
call platform.isolate_tenant_rows('identity.challenge');
revoke select on identity.challenge from countersign_auditor;
grant select (tenant_id) on identity.challenge to countersign_auditor;
grant select, insert (tenant_id, person_id, purpose, nonce), delete on identity.challenge to countersign_app;
