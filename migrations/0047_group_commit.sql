-- Entries of many tenants in one transaction and one call: reads and key uses are written in batches, each acknowledged after
-- the one COMMIT. Row-level security decides for each tenant as it would in a transaction of that tenant's own.

-- Entries are ordered by tenant: those of the n-th tenant are first_entry[n] up to the one before first_entry[n + 1], and the
-- same for body parts. Gives the ids that were written; an id that was there already is not among them.
-- INVARIANT: security invoker. The claims are the callers' own, signed outside; this function adds no right to any of them.
create function audit.append_batch(
  tenants uuid[], claims text[], first_entry integer[], first_part integer[],
  ids uuid[], leaves bytea[], kinds text[], outcomes text[], blinds bytea[],
  part_ids uuid[], parts smallint[], nonces bytea[], key_ids text[], cts bytea[],
  out tenant_id uuid, out entry_id uuid)
  returns setof record language plpgsql volatile security invoker set search_path = pg_catalog, pg_temp
as $$
declare
  from_entry integer;
  to_entry integer;
  from_part integer;
  to_part integer;
begin
  for n in 1 .. cardinality(tenants) loop
    perform set_config('app.claim', claims[n], true);
    if (app.tid() = tenants[n]) is not true then
      raise exception 'a claim in this batch is not accepted' using errcode = 'insufficient_privilege';
    end if;
    from_entry := first_entry[n];
    to_entry := first_entry[n + 1] - 1;
    from_part := first_part[n];
    to_part := first_part[n + 1] - 1;
    return query
      with entry as (
        insert into audit.entry as e (tenant_id, entry_id, leaf)
        select tenants[n], given.id, given.leaf from unnest(ids[from_entry:to_entry], leaves[from_entry:to_entry]) as given(id, leaf)
        on conflict do nothing returning e.tenant_id, e.entry_id
      ), found as (
        insert into audit.search as s (tenant_id, entry_id, kind, outcome, blind)
        select w.tenant_id, w.entry_id, given.kind, given.outcome,
          -- Terms of 16 bytes, one after the other: an array of arrays of different lengths does not exist.
          array(select substring(given.blind from 1 + 16 * i for 16) from generate_series(0, octet_length(given.blind) / 16 - 1) as i)
        from unnest(ids[from_entry:to_entry], kinds[from_entry:to_entry], outcomes[from_entry:to_entry], blinds[from_entry:to_entry])
          as given(id, kind, outcome, blind) join entry w on w.entry_id = given.id
      ), body as (
        insert into audit.body as b (tenant_id, entry_id, part, nonce, key_id, ct)
        select w.tenant_id, w.entry_id, given.part, given.nonce, given.key_id, given.ct
        from unnest(part_ids[from_part:to_part], parts[from_part:to_part], nonces[from_part:to_part], key_ids[from_part:to_part], cts[from_part:to_part])
          as given(id, part, nonce, key_id, ct) join entry w on w.entry_id = given.id
      )
      select w.tenant_id, w.entry_id from entry w;
  end loop;
  perform set_config('app.claim', '', true);
end $$;
grant execute on function audit.append_batch(uuid[], text[], integer[], integer[], uuid[], bytea[], text[], text[], bytea[],
  uuid[], smallint[], bytea[], text[], bytea[]) to countersign_app;
