-- The ground every room stands on: schemas, tenants, installations, the tenant claim.
-- Run as countersign_owner, which nobody can log in as and which is no superuser.

-- INVARIANT: nothing is PUBLIC's. PostgreSQL gives EXECUTE on every new function to PUBLIC; a SECURITY DEFINER
-- function would then be everybody's. From here on a function is callable only by whom a migration names.
alter default privileges revoke execute on functions from public;

create schema keyring;
create schema app;
grant usage on schema app, platform to
  countersign_app, countersign_operator, countersign_scheduler, countersign_sequencer, countersign_verifier, countersign_auditor;

-- HMAC-SHA256 needs the key only as two padded blocks (RFC 2104), so the key itself is not stored. No role but the owner
-- can read this schema: who holds these blocks can sign a claim for any tenant.
create table keyring.claim_key (
  id smallint primary key default 1 check (id = 1),
  ipad bytea not null check (octet_length(ipad) = 64),
  opad bytea not null check (octet_length(opad) = 64)
);

-- UUIDv7 by the database's clock. PostgreSQL 18 has it; 15 to 17 get the same bytes from a random UUID (RFC 9562, 5.7).
do $$
begin
  if current_setting('server_version_num')::int >= 180000 then
    create function platform.uuidv7() returns uuid language sql volatile parallel safe
      set search_path = pg_catalog, pg_temp
      as 'select pg_catalog.uuidv7()';
  else
    create function platform.uuidv7() returns uuid language sql volatile parallel safe
      set search_path = pg_catalog, pg_temp
      as $f$
        select encode(
          set_bit(set_bit(
            overlay(uuid_send(gen_random_uuid())
              placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3) from 1 for 6),
            52, 1), 53, 1), 'hex')::uuid
      $f$;
  end if;
end $$;
grant execute on function platform.uuidv7() to countersign_app, countersign_operator;

create type platform.tenant_state as enum ('active', 'suspended', 'purging', 'purged');

create table platform.tenant (
  id uuid primary key default platform.uuidv7(),
  -- Lower case as folder name and in commands, upper case in environment keys. No `_`: ACME_PROD would belong to both
  -- `acme` and `acme_prod`. A prefix that is an environment family (NODE_OPTIONS, LD_PRELOAD) would let its tenant set it.
  prefix text not null unique check (prefix ~ '^[a-z][a-z0-9]{1,15}$' and prefix <> all (array[
    'aux', 'aws', 'azure', 'bash', 'com1', 'com2', 'con', 'copyfile', 'countersign', 'database', 'dotenv', 'dyld', 'example',
    'gcp', 'git', 'github', 'glibc', 'google', 'gpg', 'http', 'https', 'ifs', 'kube', 'lc', 'ld', 'locale', 'lpt1', 'lpt2',
    'malloc', 'node', 'npm', 'nul', 'openssl', 'path', 'perl', 'pg', 'prn', 'python', 'ruby', 'shell', 'ssh', 'ssl', 'sudo',
    'term', 'tmp', 'tz', 'uv', 'vault', 'xdg'])),
  state platform.tenant_state not null default 'active',
  -- Raised by suspend and by reinstate: every claim issued before is dead at commit.
  epoch integer not null default 1 check (epoch > 0),
  -- Place in the slot tree of the audit log; never given twice.
  slot integer not null generated always as identity unique,
  region text not null default 'local' check (region ~ '^[a-z0-9][a-z0-9-]{0,31}$'),
  onboarded_at timestamptz not null default now()
);

create table platform.installation (
  -- GitHub's number. Belongs to one tenant, ever: two tenants behind one installation would share a token.
  installation_id bigint primary key check (installation_id > 0),
  tenant_id uuid not null references platform.tenant (id),
  host text not null default 'github.com' check (host ~ '^[a-z0-9.-]{1,253}(:[0-9]{1,5})?$'),
  bound_at timestamptz not null default now(),
  unique (tenant_id, installation_id)
);

-- Deliveries for an installation nobody owns yet. Numbers only: an account's name would be somebody's data.
create table platform.installation_seen (
  installation_id bigint primary key check (installation_id > 0),
  host text not null default 'github.com',
  first_seen timestamptz not null default now(),
  last_seen timestamptz not null default now(),
  deliveries bigint not null default 1
);
grant select on platform.migration to countersign_app, countersign_operator, countersign_verifier, countersign_auditor;

-- The tenant of this transaction, or NULL. INVARIANT: never raises and never trusts: garbage, '', an expired, forged or
-- old-epoch claim and a tenant that is not active all give NULL, and `tenant_id = NULL` shows no row. Whoever gets SQL
-- into the app's session can change app.claim but cannot sign one.
create function app.tid() returns uuid
  language plpgsql stable parallel safe security definer set search_path = pg_catalog, pg_temp
as $$
declare
  claim text := current_setting('app.claim', true);
  part text[];
  signed bytea;
  given bytea;
  found uuid;
begin
  if claim is null or length(claim) not between 100 and 160 then
    return null;
  end if;
  -- Everything cast below has been matched first, so no cast can fail.
  if claim !~ '^v2\.[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\.[0-9]{1,9}\.[0-9]{1,12}\.[0-9a-f]{64}$' then
    return null;
  end if;
  part := string_to_array(claim, '.');
  if part[4]::bigint <= extract(epoch from clock_timestamp()) then
    return null;
  end if;
  given := decode(part[5], 'hex');
  select sha256(k.opad || sha256(k.ipad || convert_to(left(claim, -65), 'UTF8'))) into signed from keyring.claim_key k;
  -- Both sides are hashed once more, so that the time of the comparison says nothing about the signature.
  if signed is null or sha256(signed) <> sha256(given) then
    return null;
  end if;
  select t.id into found from platform.tenant t
    where t.id = part[2]::uuid and t.epoch = part[3]::integer and t.state = 'active';
  return found;
end $$;
grant execute on function app.tid() to
  countersign_app, countersign_operator, countersign_scheduler, countersign_sequencer, countersign_verifier, countersign_auditor;

-- Look-ups for the authenticated edges. They tell epoch and expiry; the signature is made by who holds the key.
create function platform.claim_facts(tenant uuid, out tenant_id uuid, out epoch integer, out expires_at bigint)
  returns setof record language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select t.id, t.epoch, floor(extract(epoch from clock_timestamp()))::bigint + 900
  from platform.tenant t where t.id = tenant and t.state = 'active'
$$;

create function platform.claim_facts_for_installation(installation bigint, out tenant_id uuid, out epoch integer, out expires_at bigint)
  returns setof record language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select f.tenant_id, f.epoch, f.expires_at
  from platform.installation i, platform.claim_facts(i.tenant_id) f where i.installation_id = installation
$$;

-- For sweeps: the ids of active tenants, nothing else of them.
create function platform.active_tenants() returns setof uuid
  language sql stable security definer set search_path = pg_catalog, pg_temp
as $$ select t.id from platform.tenant t where t.state = 'active' order by t.slot $$;

-- The claimed tenant about itself.
create function platform.own_tenant(out tenant_id uuid, out prefix text, out slot integer, out region text)
  returns setof record language sql stable security definer set search_path = pg_catalog, pg_temp
as $$ select t.id, t.prefix, t.slot, t.region from platform.tenant t where t.id = (select app.tid()) $$;

create function platform.own_installations(out installation_id bigint, out host text)
  returns setof record language sql stable security definer set search_path = pg_catalog, pg_temp
as $$ select i.installation_id, i.host from platform.installation i where i.tenant_id = (select app.tid()) order by 1 $$;

create function platform.note_installation(installation bigint, on_host text) returns void
  language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
  insert into platform.installation_seen (installation_id, host) values (installation, on_host)
  on conflict (installation_id) do update
    set last_seen = now(), deliveries = installation_seen.deliveries + 1, host = excluded.host
$$;

grant execute on function
  platform.claim_facts(uuid), platform.claim_facts_for_installation(bigint), platform.active_tenants(),
  platform.own_tenant(), platform.own_installations(), platform.note_installation(bigint, text)
  to countersign_app, countersign_operator;

-- What every table that holds a tenant's rows gets, in one call from its migration (README.md of src/platform/postgres).
create procedure platform.isolate_tenant_rows(target regclass)
  language plpgsql security invoker set search_path = pg_catalog, pg_temp
as $$
begin
  execute format('alter table %s enable row level security', target);
  execute format('alter table %s force row level security', target);
  execute format('create policy tenant_rows on %s using (tenant_id = (select app.tid())) with check (tenant_id = (select app.tid()))', target);
end $$;
