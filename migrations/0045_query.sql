-- Who may read from outside: API keys. And the search index, which may be rebuilt and erased.

create schema identity;
grant usage on schema identity to countersign_app, countersign_operator;

-- A registry like platform.installation: no role reads the table, the functions below are the only ways to it.
create table identity.api_key (
  key_id uuid primary key default platform.uuidv7(),
  tenant_id uuid not null references platform.tenant (id),
  -- Of the whole key. It has 256 random bits, so its hash needs neither salt nor slowness, and this table opens nothing.
  sha256 bytea not null unique check (octet_length(sha256) = 32),
  name text not null check (name ~ '^[A-Za-z0-9][A-Za-z0-9 ._@+-]{0,59}$'),
  capabilities text[] not null check (cardinality(capabilities) between 1 and 16 and capabilities <@ array['audit.read']),
  issued_at timestamptz not null default now(),
  expires_at timestamptz not null,
  revoked_at timestamptz,
  -- To the minute: a column that every request changes would be one lock for all of them. The log has each use.
  last_used_at timestamptz,
  check (expires_at > issued_at and expires_at <= issued_at + interval '400 days')
);
create index on identity.api_key (tenant_id, key_id);

-- The tenant is always that of the transaction's claim, so no call can name another one's.
create function identity.issue_key(given_sha256 bytea, given_name text, given_capabilities text[], days integer, out key_id uuid, out expires_at timestamptz)
  returns setof record language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
  insert into identity.api_key (tenant_id, sha256, name, capabilities, expires_at)
  values (app.tid(), given_sha256, given_name, given_capabilities, now() + make_interval(days => days))
  returning api_key.key_id, api_key.expires_at
$$;

-- When it was revoked: now, or long ago. No row: this tenant has no such key.
create function identity.revoke_key(given_key uuid, out revoked_at timestamptz, out already boolean)
  returns setof record language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
  with found as (
    select k.key_id, k.revoked_at from identity.api_key k where k.tenant_id = app.tid() and k.key_id = given_key for update
  )
  update identity.api_key k set revoked_at = coalesce(found.revoked_at, now()) from found where k.key_id = found.key_id
  returning k.revoked_at, found.revoked_at is not null
$$;

create function identity.own_keys(out key_id uuid, out name text, out capabilities text[], out issued_at timestamptz,
    out expires_at timestamptz, out revoked_at timestamptz, out last_used_at timestamptz)
  returns setof record language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select k.key_id, k.name, k.capabilities, k.issued_at, k.expires_at, k.revoked_at, k.last_used_at
  from identity.api_key k where k.tenant_id = app.tid() order by k.key_id
$$;

-- Whose key has this hash. Unknown, expired and revoked are the same: no row.
create function identity.key_facts(given_sha256 bytea, out tenant_id uuid, out key_id uuid, out capabilities text[])
  returns setof record language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select k.tenant_id, k.key_id, k.capabilities from identity.api_key k
  where k.sha256 = given_sha256 and k.revoked_at is null and k.expires_at > clock_timestamp()
$$;

-- Asked once more in the transaction that reads, under the key's own tenant: a key revoked meanwhile reads nothing.
create function identity.use_key(given_key uuid) returns boolean
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  update identity.api_key k set last_used_at = now()
    where k.key_id = given_key and k.tenant_id = app.tid() and (k.last_used_at is null or k.last_used_at < now() - interval '1 minute');
  return exists (select from identity.api_key k where k.key_id = given_key and k.tenant_id = app.tid()
    and k.revoked_at is null and k.expires_at > clock_timestamp());
end $$;

grant execute on function identity.issue_key(bytea, text, text[], integer), identity.revoke_key(uuid), identity.own_keys()
  to countersign_operator;
grant execute on function identity.key_facts(bytea), identity.use_key(uuid) to countersign_app;

-- The search index. `blind` holds HMACs of actor, target and request under a key of the tenant, never their plain text.
-- It is not evidence: no hash of it is in a leaf, and it may be erased and built again.
alter table audit.search add column outcome text;
grant insert (outcome) on audit.search to countersign_app, countersign_operator;
grant update (kind, outcome, blind), delete on audit.search to countersign_operator;
