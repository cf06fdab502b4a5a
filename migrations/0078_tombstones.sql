-- What stays of a tenant that is gone: random ids, instants, counts, and its name as a hash under a key that nobody reads.

-- HMAC-SHA256 as two padded blocks (RFC 2104), as keyring.claim_key has it. Made here, once, and changed never: tombstones would be
-- nobody's any more.
create table keyring.tombstone_key (
  id smallint primary key default 1 check (id = 1),
  ipad bytea not null check (octet_length(ipad) = 64),
  opad bytea not null check (octet_length(opad) = 64)
);
do $$
declare
  -- 244 random bits, which is more than there are names.
  secret bytea := sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
  inner_pad bytea := decode(repeat('36', 64), 'hex');
  outer_pad bytea := decode(repeat('5c', 64), 'hex');
begin
  for at in 0 .. 31 loop
    inner_pad := set_byte(inner_pad, at, get_byte(secret, at) # 54);
    outer_pad := set_byte(outer_pad, at, get_byte(secret, at) # 92);
  end loop;
  insert into keyring.tombstone_key (ipad, opad) values (inner_pad, outer_pad);
end $$;

-- A registry like platform.tenant: for the functions below alone.
create table platform.tombstone (
  tenant_id uuid primary key references platform.tenant (id),
  prefix_hmac bytea not null check (octet_length(prefix_hmac) = 32),
  ordered_at timestamptz not null,
  hard_after timestamptz not null,
  buried_at timestamptz not null default clock_timestamp(),
  rows_deleted bigint not null check (rows_deleted >= 0),
  assets_removed bigint not null check (assets_removed >= 0),
  keys_destroyed integer not null check (keys_destroyed >= 0),
  -- The tenant's log as it stays.
  log_size bigint not null check (log_size >= 0),
  log_root bytea check (octet_length(log_root) = 32),
  -- The entry of the platform's log that holds the certificate, and the SHA-256 of its text.
  certificate_id uuid not null,
  certificate_sha256 bytea not null check (octet_length(certificate_sha256) = 32)
);
create index on platform.tombstone (prefix_hmac);

create function platform.prefix_hmac(name text) returns bytea
  language sql stable security definer set search_path = pg_catalog, pg_temp
as $$ select sha256(k.opad || sha256(k.ipad || convert_to(name, 'UTF8'))) from keyring.tombstone_key k $$;

-- Once, and only of one that is gone. The caller's transaction holds the entry with the certificate.
create function platform.bury(tenant uuid, name_hmac bytea, ordered timestamptz, hard timestamptz, n_rows bigint, n_assets bigint, n_keys integer,
    size bigint, root bytea, entry uuid, text_sha256 bytea) returns void
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if not exists (select from platform.tenant t where t.id = tenant and t.state = 'purged') then
    raise exception 'The tenant is not gone' using errcode = 'insufficient_privilege';
  end if;
  insert into platform.tombstone (tenant_id, prefix_hmac, ordered_at, hard_after, rows_deleted, assets_removed, keys_destroyed, log_size, log_root, certificate_id, certificate_sha256)
    values (tenant, name_hmac, ordered, hard, n_rows, n_assets, n_keys, size, root, entry, text_sha256);
end $$;

-- By id, or by the name that it had; the newest first.
create function platform.tombstones(of_tenant uuid, of_name text, out tenant_id uuid, out buried_at timestamptz, out certificate_id uuid, out certificate_sha256 bytea)
  returns setof record language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select s.tenant_id, s.buried_at, s.certificate_id, s.certificate_sha256 from platform.tombstone s
  where s.tenant_id = of_tenant or s.prefix_hmac = platform.prefix_hmac(of_name) order by s.buried_at desc
$$;

-- A name that somebody had rests, for as long as logs and mails may still mean the one who had it. NULL: it is free.
create function platform.name_rests_until(name text, days integer) returns timestamptz
  language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select max(s.buried_at) + make_interval(days => days) from platform.tombstone s
  where s.prefix_hmac = platform.prefix_hmac(name) having max(s.buried_at) + make_interval(days => days) > clock_timestamp()
$$;

-- Tombstones of tenants whose rows a restored backup brought back, or which it had not lost yet: those are not gone there.
create function platform.not_gone() returns table (tenant_id uuid, state text)
  language sql stable security definer set search_path = pg_catalog, pg_temp
as $$ select t.id, t.state::text from platform.tenant t where t.slot > 0 and t.state <> 'purged' order by t.slot $$;

grant execute on function platform.prefix_hmac(text), platform.tombstones(uuid, text), platform.name_rests_until(text, integer), platform.not_gone(),
  platform.bury(uuid, bytea, timestamptz, timestamptz, bigint, bigint, integer, bigint, bytea, uuid, bytea) to countersign_operator;
