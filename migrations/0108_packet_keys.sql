-- What signs decision packets (guarantee X12): one Ed25519 key pair of each tenant at a time. The private half is sealed under a key of the
-- tenant's; the doer, who believes what is signed, is granted the public half and has no way to the other.

create schema packets;
grant usage on schema packets to countersign_app, countersign_operator, countersign_doer, countersign_auditor;

create type packets.key_state as enum ('active', 'retired', 'revoked');

create table packets.signing_key (
  tenant_id uuid not null,
  -- The first half of SHA-256 of the public half.
  kid text not null check (kid ~ '^[0-9a-f]{32}$'),
  public bytea not null check (octet_length(public) = 32),
  dek_id uuid,
  -- NULL: destroyed. Who no longer signs needs it no longer.
  sealed bytea check (octet_length(sealed) between 60 and 200),
  state packets.key_state not null default 'active',
  created_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz,
  -- A retired key's packets are believed until then, so that two keys overlap; a revoked one's no more from that moment on.
  believed_until timestamptz,
  primary key (tenant_id, kid),
  check ((sealed is null) = (dek_id is null)),
  check ((state = 'active') = (sealed is not null)),
  check ((state = 'active') = (ended_at is null)),
  check ((state = 'retired') = (believed_until is not null)),
  check (believed_until <= ended_at + interval '10 minutes')
);
create unique index signing_key_one_active on packets.signing_key (tenant_id) where state = 'active';
call platform.isolate_tenant_rows('packets.signing_key');

-- INVARIANT: what has ended signs nothing and is believed by nobody again.
create function packets.only_forward() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  if (new.tenant_id, new.kid, new.public, new.created_at) is distinct from (old.tenant_id, old.kid, old.public, old.created_at)
    or old.state = 'revoked'
    or (old.state = 'retired' and new.state <> 'revoked')
    or (new.state = 'active' and (new.sealed, new.dek_id) is distinct from (old.sealed, old.dek_id))
  then
    raise exception 'A key that signs packets goes from % only forward, not to %', old.state, new.state
      using errcode = 'integrity_constraint_violation', constraint = 'key_only_forward', table = 'signing_key', schema = 'packets';
  end if;
  return new;
end $$;
create trigger only_forward before update on packets.signing_key for each row execute function packets.only_forward();
alter table packets.signing_key enable always trigger only_forward;

grant select, insert (tenant_id, kid, public, dek_id, sealed), update (state, sealed, dek_id, ended_at, believed_until)
  on packets.signing_key to countersign_app, countersign_operator;
grant select (tenant_id, kid, public, state, created_at, ended_at, believed_until) on packets.signing_key to countersign_doer, countersign_auditor;
