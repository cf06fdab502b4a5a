-- What goes out (guarantee S1): one outbox for every channel. A notice is a row before anybody tries to send it, and stays one until a
-- provider has taken it, its reason is gone, or a person was told that it was given up.

create schema notify;
grant usage on schema notify to countersign_app, countersign_scheduler, countersign_auditor;

create type notify.channel as enum ('github', 'slack', 'mail', 'webhook');

create table notify.notice (
  tenant_id uuid not null,
  -- The provider's, for idempotence: of ids alone. INVARIANT: one notice of a key, ever.
  key text not null check (key ~ '^[A-Za-z0-9/_.:#-]{1,200}$'),
  channel notify.channel not null,
  ticket_id uuid,
  approval_id uuid,
  -- Where it goes and what it says.
  sealed bytea not null,
  made_at timestamptz not null default now(),
  not_before timestamptz not null default now(),
  -- Its turn at the provider is given once.
  turn_at timestamptz,
  -- Until when whoever sends it has it for himself, and by which word he knows that.
  held_until timestamptz,
  hold uuid,
  tries integer not null default 0 check (tries >= 0),
  first_tried_at timestamptz,
  waits text check (waits in ('provider', 'credential', 'quota')),
  -- The entry that says it is about to be sent.
  intent uuid,
  delivered_at timestamptz,
  -- What it was about is over.
  dropped_at timestamptz,
  -- Given up: a person was told.
  lost_at timestamptz,
  primary key (tenant_id, key),
  check (num_nonnulls(delivered_at, dropped_at, lost_at) <= 1),
  check (num_nonnulls(ticket_id, approval_id) <= 1)
);
create index notice_due on notify.notice (not_before)
  where delivered_at is null and dropped_at is null and lost_at is null;
create index notice_of_ticket on notify.notice (tenant_id, ticket_id, delivered_at) where ticket_id is not null;
call platform.isolate_tenant_rows('notify.notice');

-- When a provider may next be asked for a client, by its own pace: a token bucket as one instant.
create table notify.pace (
  tenant_id uuid not null,
  channel notify.channel not null,
  free_at timestamptz not null default now(),
  primary key (tenant_id, channel)
);
call platform.isolate_tenant_rows('notify.pace');

grant select, insert (tenant_id, key, channel, ticket_id, approval_id, sealed, not_before),
  update (not_before, turn_at, held_until, hold, tries, first_tried_at, waits, intent, delivered_at, dropped_at, lost_at)
  on notify.notice to countersign_app;
grant select on notify.pace to countersign_app;

create policy scheduler on notify.notice to countersign_scheduler using (true) with check (true);
create policy scheduler on notify.pace to countersign_scheduler using (true) with check (true);
grant select (tenant_id, key, channel, not_before, turn_at, held_until, hold, delivered_at, dropped_at, lost_at),
  update (not_before, turn_at, held_until, hold) on notify.notice to countersign_scheduler;
grant select, insert, update on notify.pace to countersign_scheduler;
grant execute on function platform.active_tenants() to countersign_scheduler;

-- Routines named notify.claim_* belong to countersign_scheduler (src/platform/postgres/guards.ts).

-- What is due, of every active client: at most so many, none of them twice however many ask, each held for whoever is answered. Where more
-- is due to one client's provider than its pace allows, the rest has its turn given here and is not looked at again before: a million
-- that are due at once are a million rows moved, in statements of `most`.
create function notify.claim_due(most integer, hold_for interval, channels notify.channel[], every interval[], burst integer[],
    out tenant_id uuid, out key text, out hold uuid)
  returns setof record language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
  with active as (select a as id from platform.active_tenants() a),
  due as materialized (
    select n.tenant_id as tenant, n.key as name, n.channel, n.turn_at
    from notify.notice n
    where n.not_before <= now() and (n.held_until is null or n.held_until <= now())
      and n.delivered_at is null and n.dropped_at is null and n.lost_at is null
      and n.tenant_id in (select id from active)
    order by n.not_before limit most for update of n skip locked
  ), paces as (
    select p.channel, p.every, p.burst from unnest(channels, every, burst) as p(channel, every, burst)
  ), asked as (
    -- INVARIANT: the pace's row is taken before it is read: two who claim at once give out no turn twice.
    select d.tenant, d.channel, count(*)::integer as n from due d where d.turn_at is null group by d.tenant, d.channel
  ), turned as (
    insert into notify.pace as p (tenant_id, channel, free_at)
    select a.tenant, a.channel, now() - c.every * (c.burst - 1) + c.every * a.n from asked a join paces c using (channel)
    order by a.tenant, a.channel
    on conflict (tenant_id, channel) do update set
      free_at = greatest(p.free_at, excluded.free_at - (select c.every * a.n from asked a join paces c using (channel)
        where a.tenant = p.tenant_id and a.channel = p.channel))
        + (select c.every * a.n from asked a join paces c using (channel) where a.tenant = p.tenant_id and a.channel = p.channel)
    returning p.tenant_id as tenant, p.channel, p.free_at
  ), placed as (
    select d.tenant, d.name, coalesce(d.turn_at, t.free_at - c.every
      * (a.n - row_number() over (partition by d.tenant, d.channel, d.turn_at is null order by d.name) + 1)) as at
    from due d left join turned t on t.tenant = d.tenant and t.channel = d.channel
      left join asked a on a.tenant = d.tenant and a.channel = d.channel left join paces c on c.channel = d.channel
  ), taken as (
    update notify.notice n set turn_at = p.at, not_before = greatest(n.not_before, p.at),
      held_until = case when p.at <= now() then now() + hold_for end, hold = case when p.at <= now() then gen_random_uuid() end
    from placed p where n.tenant_id = p.tenant and n.key = p.name
    returning n.tenant_id, n.key, n.hold
  )
  select t.tenant_id, t.key, t.hold from taken t where t.hold is not null
$$;

grant execute on function notify.claim_due(integer, interval, notify.channel[], interval[], integer[]) to countersign_app;
