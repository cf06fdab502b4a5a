-- A pace is an instant of the database's clock. Where that clock was ahead for a minute (T6), it would keep a client's notices waiting until
-- the real one is there, too: it goes back with the clock.
alter table notify.pace add column moved_at timestamptz not null default now();

create or replace function notify.claim_due(most integer, hold_for interval, channels notify.channel[], every interval[], burst integer[],
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
      free_at = greatest(p.free_at - greatest(p.moved_at - now(), interval '0'), excluded.free_at - (select c.every * a.n from asked a join paces c using (channel)
        where a.tenant = p.tenant_id and a.channel = p.channel))
        + (select c.every * a.n from asked a join paces c using (channel) where a.tenant = p.tenant_id and a.channel = p.channel),
      moved_at = now()
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
