-- One entry with its parts and its search terms, as 0052 has it for a batch: planned once for a connection, in place of anew each time.

-- Under the transaction's own claim. False: there is one of that id already, and nothing is written.
-- INVARIANT: security invoker. This function adds no right to its caller's.
create function audit.append_one(
  id uuid, leaf bytea, kind text, outcome text, blind bytea[], parts smallint[], nonces bytea[], key_ids text[], cts bytea[])
  returns boolean language plpgsql volatile security invoker set search_path = pg_catalog, pg_temp
  -- As in 0056: which month the foreign key looks into is found while it runs.
  set plan_cache_mode = force_generic_plan
as $$
declare
  mine uuid := app.tid();
begin
  insert into audit.entry (tenant_id, entry_id, leaf) values (mine, append_one.id, append_one.leaf) on conflict do nothing;
  if not found then
    return false;
  end if;
  insert into audit.search (tenant_id, entry_id, kind, outcome, blind)
    values (mine, append_one.id, append_one.kind, append_one.outcome, append_one.blind);
  insert into audit.body (tenant_id, entry_id, part, nonce, key_id, ct)
    select mine, append_one.id, p.part, p.nonce, p.key_id, p.ct from unnest(parts, nonces, key_ids, cts) as p(part, nonce, key_id, ct);
  return true;
end $$;
grant execute on function audit.append_one(uuid, bytea, text, text, bytea[], smallint[], bytea[], text[], bytea[]) to
  countersign_app, countersign_operator, countersign_broker, countersign_doer;
