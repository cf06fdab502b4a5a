-- What the sequencer looks for, many times a second. As a function, so that its plan over every month is made once: making it anew
-- took longer than the look.

-- Entries without a place, in the order of their transactions. One statement, so that the snapshot is the one its rows were read with.
-- A scalar subquery, since NOT EXISTS may become a join that reads every leaf there is.
create or replace function audit.look(of_incarnation integer, from_xid xid8, still_open xid8[], at_most integer, out snapshot text, out waiting json)
  returns record language plpgsql volatile security invoker
  set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan
as $$
begin
  select pg_current_snapshot()::text, coalesce((select json_agg(w) from (
    select e.tenant_id, e.entry_id, encode(e.leaf_hash, 'hex') as leaf_hash from audit.entry e
    -- The first comparison is the one that the index is entered by: without it, every entry there ever was would be looked at.
    where e.incarnation = of_incarnation and e.xid >= least(from_xid, (select o from unnest(still_open) o order by o limit 1))
      and (e.xid >= from_xid or e.xid = any(still_open))
      and (select true from audit.leaf l where l.tenant_id = e.tenant_id and l.entry_id = e.entry_id) is null
    order by e.incarnation, e.xid, e.entry_id limit at_most) w), '[]')
  into snapshot, waiting;
end $$;
revoke execute on function audit.look(integer, xid8, xid8[], integer) from public;
grant execute on function audit.look(integer, xid8, xid8[], integer) to countersign_sequencer;
