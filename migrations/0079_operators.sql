-- Operators: people who act on the whole installation, each with a key of their own; and acts that need two of them.

-- Closed to every role like identity.api_key: the functions below are the only ways to both tables.
create table identity.operator (
  operator_id uuid primary key default platform.uuidv7(),
  name text not null check (name ~ '^[A-Za-z0-9][A-Za-z0-9 ._@+-]{0,59}$'),
  sha256 bytea not null unique check (octet_length(sha256) = 32),
  added_at timestamptz not null default now(),
  -- Before this, the key is good for nothing: one that was added past the others has a day in which they can see it.
  active_at timestamptz not null default now(),
  revoked_at timestamptz
);
create unique index operator_one_of_a_name on identity.operator (lower(name)) where revoked_at is null;

-- What one operator has asked for. A row ends when it is taken, or with its time: the log keeps what was.
create table identity.act (
  act_id uuid primary key default platform.uuidv7(),
  -- Canonical JSON of what is to be done, of whom it concerns and why. Whoever takes the act shows the same bytes again.
  act bytea not null check (octet_length(act) between 2 and 8192),
  digest bytea not null generated always as (sha256(act)) stored,
  -- Whom it concerns; nobody's rows: null.
  tenant_id uuid references platform.tenant (id),
  asked_by uuid not null references identity.operator (operator_id),
  asked_at timestamptz not null default now(),
  expires_at timestamptz not null default now() + interval '30 minutes',
  confirmed_by uuid references identity.operator (operator_id),
  confirmed_at timestamptz,
  check (confirmed_by <> asked_by),
  check ((confirmed_by is null) = (confirmed_at is null)),
  check (expires_at <= asked_at + interval '30 minutes')
);
create index on identity.act (tenant_id);

-- Whose key has this hash. Unknown, revoked and not yet active are the same: no row.
create function identity.operator_of(given_sha256 bytea, out operator_id uuid, out name text)
  returns setof record language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select o.operator_id, o.name from identity.operator o
  where o.sha256 = given_sha256 and o.revoked_at is null and o.active_at <= clock_timestamp()
$$;

create function identity.operators(out operator_id uuid, out name text, out added_at timestamptz, out active_at timestamptz, out revoked_at timestamptz)
  returns setof record language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select o.operator_id, o.name, o.added_at, o.active_at, o.revoked_at from identity.operator o order by o.operator_id
$$;

-- The same act, asked for again by the same person, is the same row: what it has come to.
create function identity.ask_act(by_sha256 bytea, given_act bytea, of_tenant uuid,
    out act_id uuid, out operator text, out expires_at timestamptz, out confirmed_by text, out is_new boolean)
  returns setof record language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  asker record;
begin
  select * into asker from identity.operator_of(by_sha256);
  if not found then
    return;
  end if;
  perform pg_advisory_xact_lock(hashtext('identity.act'), 0);
  delete from identity.act a where a.expires_at <= clock_timestamp();
  operator := asker.name;
  select a.act_id, a.expires_at, o.name, false into act_id, expires_at, confirmed_by, is_new
    from identity.act a left join identity.operator o on o.operator_id = a.confirmed_by
    where a.act = given_act and a.asked_by = asker.operator_id order by a.confirmed_at nulls last limit 1;
  if not found then
    insert into identity.act as a (act, tenant_id, asked_by) values (given_act, of_tenant, asker.operator_id)
      returning a.act_id, a.expires_at into act_id, expires_at;
    is_new := true;
  end if;
  return next;
end $$;

-- INVARIANT: who asked never confirms. The table says so, too.
create function identity.confirm_act(by_sha256 bytea, given_act uuid,
    out outcome text, out operator text, out asked_by text, out act bytea, out tenant_id uuid, out expires_at timestamptz)
  returns record language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  confirmer record;
  found_act record;
begin
  select * into confirmer from identity.operator_of(by_sha256);
  if not found then
    outcome := 'unknown_key';
    return;
  end if;
  operator := confirmer.name;
  select a.*, o.name as asker into found_act from identity.act a join identity.operator o on o.operator_id = a.asked_by
    where a.act_id = given_act and a.expires_at > clock_timestamp() and o.revoked_at is null for update of a;
  if not found then
    outcome := 'no_such_act';
    return;
  end if;
  asked_by := found_act.asker;
  act := found_act.act;
  tenant_id := found_act.tenant_id;
  expires_at := found_act.expires_at;
  outcome := case when found_act.asked_by = confirmer.operator_id then 'same_person'
    when found_act.confirmed_by is not null then 'already' else 'confirmed' end;
  if outcome = 'confirmed' then
    update identity.act a set confirmed_by = confirmer.operator_id, confirmed_at = now() where a.act_id = given_act;
  end if;
end $$;

-- Once: the row is gone with the transaction that does what was confirmed. No row: nobody confirmed exactly this, or its time is over.
create function identity.take_act(by_sha256 bytea, given_act bytea, out act_id uuid, out asked_by text, out confirmed_by text)
  returns setof record language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
  with taken as (
    delete from identity.act a using identity.operator asker, identity.operator confirmer
      where a.act = given_act and a.expires_at > clock_timestamp()
        and asker.operator_id = a.asked_by and asker.operator_id = (select o.operator_id from identity.operator_of(by_sha256) o)
        and confirmer.operator_id = a.confirmed_by and confirmer.operator_id <> asker.operator_id
        and confirmer.revoked_at is null
      returning a.act_id, asker.name as asked, confirmer.name as confirmed
  )
  select t.act_id, t.asked, t.confirmed from taken t limit 1
$$;

create function identity.pending_acts(out act_id uuid, out act bytea, out tenant_id uuid, out asked_by text, out asked_at timestamptz,
    out expires_at timestamptz, out confirmed_by text)
  returns setof record language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select a.act_id, a.act, a.tenant_id, asker.name, a.asked_at, a.expires_at, confirmer.name
  from identity.act a join identity.operator asker on asker.operator_id = a.asked_by
    left join identity.operator confirmer on confirmer.operator_id = a.confirmed_by
  where a.expires_at > clock_timestamp() order by a.act_id
$$;

-- For a tenant that is leaving: nothing of it stays in this table.
create function identity.drop_acts(of_tenant uuid) returns integer
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  changed integer;
begin
  delete from identity.act a where a.tenant_id = of_tenant;
  get diagnostics changed = row_count;
  return changed;
end $$;

-- The first operator is whoever has this machine. The second one is added by the first. From then on two of them add another:
-- one alone could otherwise be two. `recover` is for keys that are lost: past everybody, and good for nothing before a day is over.
create function identity.add_operator(given_sha256 bytea, given_name text, by_sha256 bytea, with_act bytea, recover boolean,
    out outcome text, out operator_id uuid, out active_at timestamptz, out asked_by text, out confirmed_by text)
  returns record language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  ever integer;
  able integer;
begin
  perform pg_advisory_xact_lock(hashtext('identity.operator'), 0);
  select count(*), count(*) filter (where o.revoked_at is null and o.active_at <= clock_timestamp()) into ever, able from identity.operator o;
  active_at := now();
  if recover then
    if able >= 2 then
      outcome := 'two_are_there';
      return;
    end if;
    active_at := now() + interval '24 hours';
  elsif ever = 1 then
    select o.name into asked_by from identity.operator_of(by_sha256) o;
    if not found then
      outcome := 'unknown_key';
      return;
    end if;
  elsif ever > 1 then
    select t.asked_by, t.confirmed_by into asked_by, confirmed_by from identity.take_act(by_sha256, with_act) t
      where convert_from(with_act, 'UTF8')::jsonb @> jsonb_build_object('kind', 'operator.add', 'about', jsonb_build_object('name', given_name));
    if not found then
      outcome := 'needs_second_person';
      return;
    end if;
  end if;
  if exists (select from identity.operator o where lower(o.name) = lower(given_name) and o.revoked_at is null) then
    outcome := 'name_taken';
    return;
  end if;
  insert into identity.operator as o (name, sha256, active_at) values (given_name, given_sha256, add_operator.active_at)
    returning o.operator_id into add_operator.operator_id;
  outcome := 'added';
end $$;

-- When it was revoked: now, or long ago. No row: there is no such operator.
create function identity.revoke_operator(given_operator uuid, out revoked_at timestamptz, out already boolean, out name text)
  returns setof record language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
  with found as (
    select o.operator_id, o.revoked_at, o.name from identity.operator o where o.operator_id = given_operator for update
  )
  update identity.operator o set revoked_at = coalesce(found.revoked_at, now()) from found where o.operator_id = found.operator_id
  returning o.revoked_at, found.revoked_at is not null, o.name
$$;

grant execute on function identity.operator_of(bytea), identity.operators(), identity.ask_act(bytea, bytea, uuid), identity.confirm_act(bytea, uuid),
  identity.take_act(bytea, bytea), identity.pending_acts(), identity.drop_acts(uuid), identity.add_operator(bytea, text, bytea, bytea, boolean),
  identity.revoke_operator(uuid) to countersign_operator;
