-- A client's way out: suspended at once, five minutes to take it back, then erased step by step (src/tenants/io/offboard).

alter table platform.tenant
  -- From then on it may be erased, and not be taken back. NULL: nobody ordered that.
  add column hard_after timestamptz,
  -- Set with a client's own uninstalling: by then somebody has to decide. Nothing is erased by itself.
  add column notice_until timestamptz,
  -- The name goes with the tenant; id and slot stay, so that no other log is ever given its place.
  alter column prefix drop not null,
  add constraint only_who_is_gone_has_no_name check (prefix is not null or state = 'purged'),
  add constraint only_who_left_is_erased check (hard_after is null or state <> 'active');

-- Disabled with the client and enabled with it again. Those that were revoked before stay so.
alter table identity.api_key
  add column disabled_at timestamptz,
  add constraint disabled_is_revoked check (disabled_at is null or revoked_at is not null);

-- One row for each tenant that is leaving or has left, and its steps. Registries like platform.tenant: no role reads them, the
-- functions below are the only ways to them. INVARIANT: random ids, instants and counts; they outlive the tenant.
create table platform.offboarding (
  tenant_id uuid primary key references platform.tenant (id),
  order_log uuid not null,
  order_id uuid not null,
  ordered_at timestamptz not null default clock_timestamp(),
  hard_after timestamptz not null,
  purging_at timestamptz,
  -- The entry that says why keys were destroyed before every provider had answered.
  override_entry uuid,
  -- What keeps it from going on, since when, and how often it was tried.
  problem text check (length(problem) <= 500),
  failing_since timestamptz,
  tries integer not null default 0,
  next_try timestamptz,
  paged_at timestamptz,
  ended_at timestamptz
);
create table platform.offboard_step (
  tenant_id uuid not null references platform.offboarding (tenant_id) on delete cascade,
  step text not null check (step ~ '^[a-z_]{3,40}$'),
  place smallint not null,
  taken_at timestamptz,
  -- What the step found and did. What names the client to others (installations' numbers) goes when it ends.
  detail jsonb not null default '{}' check (octet_length(detail::text) <= 65536),
  primary key (tenant_id, step)
);

-- INVARIANT: access is dead at this statement's commit: state and epoch are what app.tid() asks for. The five minutes are here and
-- in no setting. NULL: it is not there to leave (being erased, erased, or the platform's own log).
create function platform.begin_offboard(tenant uuid, log uuid, entry uuid, steps text[]) returns timestamptz
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  until timestamptz;
begin
  update platform.tenant t set state = 'suspended', epoch = t.epoch + 1, suspended_at = coalesce(t.suspended_at, now()),
      hard_after = clock_timestamp() + interval '5 minutes', notice_until = null
    where t.id = tenant and t.slot > 0 and (t.state = 'active' or t.state = 'suspended' and t.hard_after is null)
    returning t.hard_after into until;
  if until is null then
    return null;
  end if;
  delete from platform.offboarding o where o.tenant_id = tenant;
  insert into platform.offboarding (tenant_id, order_log, order_id, hard_after) values (tenant, log, entry, until);
  insert into platform.offboard_step (tenant_id, step, place)
    select tenant, s.step, s.place from unnest(steps) with ordinality as s(step, place);
  return until;
end $$;

-- INVARIANT: taking back and erasing are compare-and-set on one row by the database's clock: of the two, exactly one happens.
create or replace function platform.reinstate_tenant(tenant uuid, out tenant_id uuid, out epoch integer, out expires_at bigint)
  returns setof record language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  update platform.tenant t set state = 'active', epoch = t.epoch + 1, suspended_at = null, hard_after = null, notice_until = null
    where t.id = tenant and t.state = 'suspended' and (t.hard_after is null or clock_timestamp() < t.hard_after);
  if not found then
    return;
  end if;
  update identity.api_key k set revoked_at = null, disabled_at = null where k.tenant_id = tenant and k.disabled_at is not null;
  -- What is left to do for it: at GitHub, the installation is still suspended, or about to be.
  insert into platform.offboard_step (tenant_id, step, place, detail)
    select s.tenant_id, 'installations_resumed', 0, s.detail from platform.offboard_step s
    where s.tenant_id = tenant and s.step = 'installations_suspended';
  delete from platform.offboard_step s where s.tenant_id = tenant and s.step <> 'installations_resumed';
  update platform.offboarding o set problem = null, failing_since = null, tries = 0, next_try = null, paged_at = null where o.tenant_id = tenant;
  return query select f.tenant_id, f.epoch, f.expires_at from platform.claim_facts(tenant) f;
end $$;

create function platform.begin_purge(tenant uuid) returns boolean
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  update platform.tenant t set state = 'purging', epoch = t.epoch + 1
    where t.id = tenant and t.state = 'suspended' and t.hard_after <= clock_timestamp();
  if not found then
    return false;
  end if;
  update platform.offboarding o set purging_at = clock_timestamp() where o.tenant_id = tenant;
  return true;
end $$;

-- Of one tenant, or (NULL) of all that are not at their end.
create function platform.offboardings(of_tenant uuid, out tenant_id uuid, out prefix text, out state text, out order_log uuid, out order_id uuid,
    out ordered_at timestamptz, out hard_after timestamptz, out due boolean, out purging_at timestamptz, out override_entry uuid,
    out problem text, out failing_since timestamptz, out tries integer, out resting boolean, out ended_at timestamptz, out steps jsonb)
  returns setof record language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select o.tenant_id, t.prefix, t.state::text, o.order_log, o.order_id, o.ordered_at, o.hard_after, o.hard_after <= clock_timestamp(),
    o.purging_at, o.override_entry, o.problem, o.failing_since, o.tries, coalesce(o.next_try > clock_timestamp(), false), o.ended_at,
    coalesce((select jsonb_agg(jsonb_build_object('step', s.step, 'at', floor(extract(epoch from s.taken_at) * 1000)::bigint, 'detail', s.detail) order by s.place)
      from platform.offboard_step s where s.tenant_id = o.tenant_id), '[]')
  from platform.offboarding o join platform.tenant t on t.id = o.tenant_id
  where case when of_tenant is null then o.ended_at is null else o.tenant_id = of_tenant end
  order by o.ordered_at
$$;

-- What a step has to know later, and what is known first counts: after a crash it may be found no more.
create function platform.offboard_note(tenant uuid, of_step text, about jsonb) returns void
  language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
  update platform.offboard_step s set detail = about || s.detail where s.tenant_id = tenant and s.step = of_step and s.taken_at is null
$$;

-- In the transaction that deletes them: the sum is right, however often it was cut off.
create function platform.offboard_count(tenant uuid, of_table text, gone bigint) returns void
  language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
  update platform.offboard_step s set detail = jsonb_set(s.detail, '{rows}', coalesce(s.detail -> 'rows', '{}') ||
      jsonb_build_object(of_table, coalesce((s.detail -> 'rows' ->> of_table)::bigint, 0) + gone))
    where s.tenant_id = tenant and s.step = 'rows_deleted' and s.taken_at is null and gone > 0
$$;

create function platform.offboard_taken(tenant uuid, of_step text, about jsonb) returns void
  language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
  update platform.offboard_step s set taken_at = clock_timestamp(), detail = s.detail || about
    where s.tenant_id = tenant and s.step = of_step and s.taken_at is null;
  update platform.offboarding o set problem = null, failing_since = null, tries = 0, next_try = null, paged_at = null where o.tenant_id = tenant
$$;

-- True: a person has to hear of it now, once for each failure that lasts.
create function platform.offboard_failed(tenant uuid, what text, seconds integer) returns boolean
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  update platform.offboarding o set problem = left(what, 500), failing_since = coalesce(o.failing_since, clock_timestamp()), tries = o.tries + 1,
    next_try = clock_timestamp() + make_interval(secs => seconds) where o.tenant_id = tenant;
  update platform.offboarding o set paged_at = clock_timestamp()
    where o.tenant_id = tenant and o.paged_at is null and o.failing_since <= clock_timestamp() - interval '15 minutes';
  return found;
end $$;

create function platform.offboard_override(tenant uuid, entry uuid) returns boolean
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  update platform.offboarding o set override_entry = entry, next_try = null
    where o.tenant_id = tenant and o.override_entry is null and o.ended_at is null
      and exists (select from platform.tenant t where t.id = tenant and t.state = 'purging')
      and exists (select from platform.offboard_step s where s.tenant_id = tenant and s.step = 'provider_revoked' and s.taken_at is null);
  return found;
end $$;

-- Disables; gives hashes of some of them, of 256 random bits each, so that later somebody can ask whether they are refused.
create function platform.disable_api_keys(tenant uuid) returns text[]
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  update identity.api_key k set revoked_at = clock_timestamp(), disabled_at = clock_timestamp()
    where k.tenant_id = tenant and k.revoked_at is null
      and exists (select from platform.tenant t where t.id = tenant and t.state in ('suspended', 'purging') and t.hard_after is not null);
  return array(select encode(k.sha256, 'hex') from identity.api_key k where k.tenant_id = tenant order by k.key_id limit 5);
end $$;

create function platform.installations_of(tenant uuid) returns setof bigint
  language sql stable security definer set search_path = pg_catalog, pg_temp
as $$ select i.installation_id from platform.installation i where i.tenant_id = tenant order by 1 $$;

-- After a reinstatement: nothing is left to do.
create function platform.offboard_over(tenant uuid) returns void
  language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
  delete from platform.offboarding o where o.tenant_id = tenant
    and exists (select from platform.tenant t where t.id = tenant and t.state = 'active')
$$;

-- Of a client that uninstalled the App itself: access ends, and nothing is erased before somebody orders it. The server may do this
-- to the claimed tenant alone, and only while none of its installations is left. False: there is nothing to end.
create function platform.suspend_uninstalled() returns timestamptz
  language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
  update platform.tenant t set state = 'suspended', epoch = t.epoch + 1, suspended_at = now(), notice_until = now() + interval '30 days'
    where t.id = app.tid() and t.slot > 0
      and exists (select from platform.installation i where i.tenant_id = t.id)
      and not exists (select from platform.installation i where i.tenant_id = t.id and i.gone_at is null)
    returning t.notice_until
$$;

-- Rows of a registry that the owner has without row-level security (API keys, installations, ...), of a tenant that is being erased.
create function platform.erase_registry(tenant uuid, target regclass, batch integer) returns bigint
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  gone bigint;
begin
  if not exists (select from platform.tenant t where t.id = tenant and t.state = 'purging') then
    raise exception 'The tenant is not being erased' using errcode = 'insufficient_privilege';
  end if;
  if target in ('platform.offboarding'::regclass, 'platform.offboard_step'::regclass)
    or (select c.relrowsecurity from pg_class c where c.oid = target)
    or not exists (select from pg_attribute a where a.attrelid = target and a.attname = 'tenant_id' and not a.attisdropped) then
    raise exception '% is no registry of tenants'' rows', target using errcode = 'insufficient_privilege';
  end if;
  -- A key and its successor go in one statement.
  if exists (select from pg_constraint k where k.contype = 'f' and k.conrelid = target and k.confrelid = target) then
    batch := null;
  end if;
  execute format('delete from %s where ctid = any (array(select ctid from %s where tenant_id = $1 limit $2))', target, target)
    using tenant, batch;
  get diagnostics gone = row_count;
  return gone;
end $$;

-- Jobs that wait for it, and their queues. Payloads are ids: {tenant, ...}.
create function platform.erase_jobs(tenant uuid) returns bigint
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  gone bigint;
begin
  if not exists (select from platform.tenant t where t.id = tenant and t.state = 'purging') then
    raise exception 'The tenant is not being erased' using errcode = 'insufficient_privilege';
  end if;
  delete from graphile_worker._private_jobs j where j.payload ->> 'tenant' = tenant::text;
  get diagnostics gone = row_count;
  delete from graphile_worker._private_job_queues q where strpos(q.queue_name, tenant::text) > 0;
  return gone;
end $$;

-- The end: the name goes, and what named the client to others.
create function platform.end_offboard(tenant uuid, about jsonb) returns boolean
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if exists (select from platform.offboard_step s where s.tenant_id = tenant and s.taken_at is null and s.step <> 'certified')
    or not exists (select from platform.tenant t where t.id = tenant and t.state = 'purged') then
    return false;
  end if;
  delete from platform.installation_seen i
    where i.installation_id::text in (select jsonb_array_elements_text(s.detail -> 'installations')
      from platform.offboard_step s where s.tenant_id = tenant and s.detail ? 'installations');
  update platform.offboard_step s set detail = s.detail - array['installations', 'canary', 'apiKeys'] where s.tenant_id = tenant;
  update platform.offboard_step s set taken_at = clock_timestamp(), detail = about
    where s.tenant_id = tenant and s.step = 'certified' and s.taken_at is null;
  update platform.offboarding o set ended_at = coalesce(o.ended_at, clock_timestamp()), problem = null, failing_since = null, next_try = null
    where o.tenant_id = tenant;
  update platform.tenant t set prefix = null, region = 'local' where t.id = tenant;
  return true;
end $$;

grant execute on function platform.begin_offboard(uuid, uuid, uuid, text[]), platform.begin_purge(uuid), platform.offboardings(uuid),
  platform.offboard_note(uuid, text, jsonb), platform.offboard_count(uuid, text, bigint), platform.offboard_taken(uuid, text, jsonb),
  platform.offboard_failed(uuid, text, integer), platform.offboard_override(uuid, uuid), platform.disable_api_keys(uuid),
  platform.installations_of(uuid), platform.offboard_over(uuid), platform.erase_registry(uuid, regclass, integer), platform.erase_jobs(uuid),
  platform.end_offboard(uuid, jsonb) to countersign_operator;
grant execute on function platform.suspend_uninstalled() to countersign_app;

-- Who is gone is on no list: its name is nobody's any more.
drop function platform.tenants();
create function platform.tenants(out tenant_id uuid, out prefix text, out state text, out slot integer, out region text,
    out installations bigint[], out suspended_installations bigint[], out gone_installations bigint[],
    out onboarded_at timestamptz, out suspended_at timestamptz, out hard_after timestamptz, out notice_until timestamptz, out valid_keys integer)
  returns setof record language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select t.id, t.prefix, t.state::text, t.slot, t.region,
    array(select i.installation_id from platform.installation i where i.tenant_id = t.id order by 1),
    array(select i.installation_id from platform.installation i
      where i.tenant_id = t.id and i.gone_at is null and i.suspended_at is not null order by 1),
    array(select i.installation_id from platform.installation i where i.tenant_id = t.id and i.gone_at is not null order by 1),
    t.onboarded_at, t.suspended_at, t.hard_after, t.notice_until,
    (select count(*)::integer from identity.api_key k
      where k.tenant_id = t.id and k.revoked_at is null and k.expires_at > clock_timestamp())
  from platform.tenant t where t.slot > 0 and t.prefix is not null order by t.slot
$$;
grant execute on function platform.tenants() to countersign_operator;

-- Rows of tenants' tables. INVARIANT: the eraser, as which nobody logs in, sees and deletes rows of tenants that are being erased, and no
-- others: the policy on each table says so, whatever a procedure of its asks for. The auditor sees whose rows there are, not what is in them.
create or replace procedure platform.let_erase(target regclass)
  language plpgsql security invoker set search_path = pg_catalog, pg_temp
as $$
begin
  execute format('create policy eraser on %s to countersign_eraser using (tenant_id in (select t.id from platform.tenant t where t.state = ''purging''))', target);
  -- ctid: rows go by where they lie, in batches.
  execute format('grant select (tenant_id, ctid), delete on %s to countersign_eraser', target);
  execute format('grant select (tenant_id) on %s to countersign_auditor', target);
  execute format('grant usage on schema %s to countersign_eraser, countersign_auditor',
    (select c.relnamespace::regnamespace from pg_class c where c.oid = target));
end $$;

-- A partition is reached through its parent alone, and every month of the log has to be like the others.
create or replace procedure platform.isolate_tenant_rows(target regclass)
  language plpgsql security invoker set search_path = pg_catalog, pg_temp
as $$
begin
  execute format('alter table %s enable row level security', target);
  execute format('alter table %s force row level security', target);
  execute format('create policy tenant_rows on %s using (tenant_id = (select app.tid())) with check (tenant_id = (select app.tid()))', target);
  if not (select c.relispartition from pg_class c where c.oid = target) then
    call platform.let_erase(target);
  end if;
end $$;

-- Evaluated beside the eraser's own policy; gives it nothing.
grant usage on schema app to countersign_eraser;
grant execute on function app.tid() to countersign_eraser;

-- Of the audit log, bodies and leaves go through procedures of their own (0044), hashes stay for ever.
do $$
declare
  target regclass;
begin
  for target in
    select c.oid::regclass from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and not c.relispartition and c.relrowsecurity
      and (n.nspname <> 'audit' or c.relname = 'open_intent') and n.nspname <> 'graphile_worker'
      and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped)
      and not exists (select from pg_policy p where p.polrelid = c.oid and p.polname = 'eraser')
  loop
    call platform.let_erase(target);
  end loop;
end $$;
grant usage on schema identity to countersign_auditor;
grant select (tenant_id) on identity.api_key to countersign_auditor;
grant select on keys.root to countersign_auditor;
-- Text of the platform's own tables is searched for names. Not so in schema audit: its partitions have no grants.
grant select on all tables in schema platform to countersign_auditor;
alter default privileges in schema platform, identity grant select on tables to countersign_auditor;

create function audit.erase_tenant_table(tenant uuid, target regclass, batch integer) returns bigint
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  gone bigint;
begin
  if not audit.erase_admits(tenant, '00000000-0000-0000-0000-000000000000') then
    raise exception 'The erasure was not admitted' using errcode = 'insufficient_privilege';
  end if;
  if exists (select from pg_constraint k where k.contype = 'f' and k.conrelid = target and k.confrelid = target) then
    batch := null;
  end if;
  execute format('delete from %s where ctid = any (array(select ctid from %s where tenant_id = $1 limit $2))', target, target)
    using tenant, batch;
  get diagnostics gone = row_count;
  return gone;
end $$;
grant execute on function audit.erase_tenant_table(uuid, regclass, integer) to countersign_operator;

-- A client that was taken back: its order admits nothing any more. The next one is another entry.
alter table audit.erasure_step drop constraint erasure_step_step_check;
alter table audit.erasure_step add constraint erasure_step_step_check
  check (step in ('admitted', 'keys_destroyed', 'rows_deleted', 'pinned', 'checked', 'certified', 'withdrawn'));

create or replace function audit.erase_check_step() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
  log uuid;
  admitted boolean := exists (select from audit.erasure_step s
    where s.tenant_id = new.tenant_id and s.order_id = new.order_id and s.step = 'admitted');
begin
  if new.step = 'withdrawn' then
    if admitted then
      raise exception 'The erasure was admitted: it is not withdrawn any more' using errcode = 'insufficient_privilege';
    end if;
    return new;
  end if;
  if new.step <> 'admitted' then
    if not admitted then
      raise exception 'The erasure was not admitted' using errcode = 'insufficient_privilege';
    end if;
    return new;
  end if;
  if exists (select from audit.erasure_step s where s.tenant_id = new.tenant_id and s.order_id = new.order_id and s.step = 'withdrawn') then
    raise exception 'The erasure was withdrawn: the client was taken back' using errcode = 'insufficient_privilege';
  end if;
  select e.order_log into log from audit.erasure e where e.tenant_id = new.tenant_id and e.order_id = new.order_id;
  if not audit.erase_is_entry(log, new.order_id, 'tenant.erase.ordered') then
    raise exception 'The erasure has no order: there is no such entry tenant.erase.ordered' using errcode = 'insufficient_privilege';
  end if;
  if not audit.erase_is_witnessed(log, new.order_id) then
    raise exception 'The erasure waits: its order is not witnessed yet' using errcode = 'insufficient_privilege';
  end if;
  if audit.erase_on_hold(new.tenant_id) then
    raise exception 'The erasure is refused: a legal hold is on this tenant' using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;

create or replace function audit.erase_state(tenant uuid, out order_log uuid, out order_id uuid, out witnessed boolean, out held boolean, out steps text[], out bodies bigint, out entries bigint, out found bigint)
  returns setof record language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select e.order_log, e.order_id, audit.erase_is_witnessed(e.order_log, e.order_id), audit.erase_on_hold(tenant),
    array(select s.step from audit.erasure_step s where s.tenant_id = e.tenant_id and s.order_id = e.order_id order by s.at),
    (select count(*) from audit.body b where b.tenant_id = tenant), (select count(*) from audit.entry n where n.tenant_id = tenant),
    (select count(*) from audit.search i where i.tenant_id = tenant)
  from audit.erasure e where e.tenant_id = tenant
    and not exists (select from audit.erasure_step w where w.tenant_id = e.tenant_id and w.order_id = e.order_id and w.step = 'withdrawn')
  order by e.at desc, e.order_id desc limit 1
$$;

create procedure audit.erase_withdraw(tenant uuid)
  language sql security definer set search_path = pg_catalog, pg_temp
as $$
  insert into audit.erasure_step (tenant_id, order_id, step) select e.tenant_id, e.order_id, 'withdrawn' from audit.erasure e
  where e.tenant_id = tenant and not exists (select from audit.erasure_step s
    where s.tenant_id = e.tenant_id and s.order_id = e.order_id and s.step = 'admitted')
  on conflict do nothing
$$;
grant execute on procedure audit.erase_withdraw(uuid) to countersign_operator;
