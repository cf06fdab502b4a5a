-- Statements of every call, planned once for a connection in place of anew each time (as 0162). INVARIANT: security invoker. None of them
-- adds a right to its caller's. A plan that is made while a table is empty is kept while it grows: so none of them may read a whole table.

-- From then on the packet may exist. Raises (app.demand) where somebody else has moved the call.
create function gateway.begin_execution(of_call uuid, from_state gateway.state, hash bytea, of_repository bigint, in_colour text, by_set text,
  by_verdict uuid, with_intent uuid) returns void
  language plpgsql volatile security invoker set search_path = pg_catalog, pg_temp set enable_seqscan = off
as $$
begin
  update gateway.call c set state = 'executing', args_hash = hash, repository_id = of_repository, colour = in_colour, policy_set = by_set,
      verdict_entry = by_verdict, intent = with_intent, issued_at = clock_timestamp(), moved_at = clock_timestamp()
    where c.tenant_id = app.tid() and c.call_id = of_call and c.state = from_state;
  perform app.demand(found);
end $$;
grant execute on function gateway.begin_execution(uuid, gateway.state, bytea, bigint, text, text, uuid, uuid) to countersign_app;

create function gateway.close_trace(of_call uuid, as_ending text, sealed bytea) returns void
  language plpgsql volatile security invoker set search_path = pg_catalog, pg_temp set enable_seqscan = off
as $$
begin
  update gateway.trace t set closed_at = clock_timestamp(), ending = as_ending, document = sealed
    where t.tenant_id = app.tid() and t.call_id = of_call;
end $$;
grant execute on function gateway.close_trace(uuid, text, bytea) to countersign_app;

-- Raises where somebody else has ended it, who took this doer for dead.
create function doer.end_execution(of_call uuid, as_kind text, by_entry uuid, with_outcome bytea) returns void
  language plpgsql volatile security invoker set search_path = pg_catalog, pg_temp set enable_seqscan = off
as $$
begin
  update doer.execution e set kind = as_kind, ended_at = clock_timestamp(), entry = by_entry, sealed = with_outcome
    where e.tenant_id = app.tid() and e.call_id = of_call and e.kind is null;
  perform app.demand(found);
end $$;
grant execute on function doer.end_execution(uuid, text, uuid, bytea) to countersign_app, countersign_doer;

-- By its name now, in any case; where two have it, the one of which that was heard last. None: not this tenant's, or no longer.
create function gate.repository_named(named text, out repository_id bigint, out installation_id bigint, out name text) returns setof record
  language plpgsql stable security invoker set search_path = pg_catalog, pg_temp set enable_seqscan = off
as $$
begin
  return query select r.repository_id, r.installation_id, r.name
    from (select g.repository_id, g.installation_id, g.name from gate.repository g
      where g.tenant_id = app.tid() and g.active and lower(g.name) = lower(named) order by g.updated_at desc limit 1) r
    where exists (select from platform.own_installations() i where i.installation_id = r.installation_id)
      and not exists (select from platform.lost_installations() l where l.installation_id = r.installation_id);
end $$;
grant execute on function gate.repository_named(text) to countersign_app;

create function audit.entry_by_id(id uuid, op smallint, pii smallint, out tenant_id uuid, out entry_id uuid, out ts timestamptz,
  out leaf bytea, out leaf_hash text, out op_nonce bytea, out op_key text, out op_ct bytea, out pii_nonce bytea, out pii_key text, out pii_ct bytea)
  returns setof record language plpgsql stable security invoker set search_path = pg_catalog, pg_temp
  -- As in 0056: which month it is in is found while it runs.
  set plan_cache_mode = force_generic_plan set enable_seqscan = off
as $$
declare
  mine uuid := app.tid();
begin
  return query select e.tenant_id, e.entry_id, e.ts, e.leaf, encode(e.leaf_hash, 'hex'), o.nonce, o.key_id, o.ct, p.nonce, p.key_id, p.ct
    from audit.entry e
      left join audit.body o on o.tenant_id = mine and o.entry_id = id and o.part = op
      left join audit.body p on p.tenant_id = mine and p.entry_id = id and p.part = pii
    where e.tenant_id = mine and e.entry_id = id;
end $$;
grant execute on function audit.entry_by_id(uuid, smallint, smallint) to countersign_app, countersign_operator, countersign_broker, countersign_doer;
