-- A provider or receiver that answers slowly holds up nobody but itself: what is claimed can be begun at once, of each client's provider
-- (its lane) at most `lane` at the same moment, and of all `room`. The rest stays claimable, by whoever has room for it.

drop function notify.claim_due(integer, interval, notify.channel[], interval[], integer[]);

-- At most `most` are looked at. With a `hold`, it is whoever's who asked; without, it was only given its turn: somebody may ask again at once.
create function notify.claim_due(most integer, hold_for interval, channels notify.channel[], every interval[], burst integer[],
    room integer, lane integer, busy_tenants uuid[], busy_channels notify.channel[], busy integer[],
    out tenant_id uuid, out key text, out channel notify.channel, out hold uuid)
  returns setof record language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
  with active as (select a as id from platform.active_tenants() a),
  lanes as (select b.tenant, b.channel, b.n from unnest(busy_tenants, busy_channels, busy) as b(tenant, channel, n)),
  due as materialized (
    select n.tenant_id as tenant, n.key as name, n.channel, n.turn_at
    from notify.notice n
    where n.not_before <= now() and (n.held_until is null or n.held_until <= now())
      and n.delivered_at is null and n.dropped_at is null and n.lost_at is null
      and n.tenant_id in (select id from active)
      and not exists (select from lanes l where l.tenant = n.tenant_id and l.channel = n.channel and l.n >= lane)
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
    select d.tenant, d.name, d.channel, coalesce(d.turn_at, t.free_at - c.every
      * (a.n - row_number() over (partition by d.tenant, d.channel, d.turn_at is null order by d.name) + 1)) as at
    from due d left join turned t on t.tenant = d.tenant and t.channel = d.channel
      left join asked a on a.tenant = d.tenant and a.channel = d.channel left join paces c on c.channel = d.channel
  ), ready as (
    select p.tenant, p.name, p.at, coalesce(l.n, 0) + row_number() over (partition by p.tenant, p.channel order by p.at, p.name) as in_lane
    from placed p left join lanes l on l.tenant = p.tenant and l.channel = p.channel where p.at <= now()
  ), begun as (
    select r.tenant, r.name, row_number() over (order by r.at, r.name) as nth from ready r where r.in_lane <= lane
  ), taken as (
    update notify.notice n set turn_at = p.at, not_before = greatest(n.not_before, p.at),
      held_until = case when b.name is not null then now() + hold_for end, hold = case when b.name is not null then gen_random_uuid() end
    from placed p left join begun b on b.tenant = p.tenant and b.name = p.name and b.nth <= room
    where n.tenant_id = p.tenant and n.key = p.name and (b.name is not null or n.turn_at is distinct from p.at)
    returning n.tenant_id, n.key, n.channel, n.hold
  )
  select t.tenant_id, t.key, t.channel, t.hold from taken t
$$;

grant execute on function notify.claim_due(integer, interval, notify.channel[], interval[], integer[], integer, integer, uuid[], notify.channel[], integer[])
  to countersign_app;
