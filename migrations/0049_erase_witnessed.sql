-- What "witnessed" means since 0042: an epoch whose cosignatures made the quorum. The first such epoch from the one on that holds the order
-- is enough, since each checkpoint extends those before it.

grant select on audit.witnessed to countersign_eraser;

create or replace function audit.erase_is_witnessed(log uuid, entry uuid) returns boolean
  language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select exists (select from audit.witnessed w where w.epoch >= (
    select min(h.epoch) from audit.leaf l join audit.head_at h on h.tenant_id = l.tenant_id and h.size > l.idx
    where l.tenant_id = log and l.entry_id = entry))
$$;
