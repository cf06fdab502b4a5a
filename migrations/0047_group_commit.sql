-- Entries of many tenants in one transaction and one call: reads and key uses are written in batches, each acknowledged after
-- the one COMMIT. Row-level security decides for each tenant as it would in a transaction of that tenant's own.

-- Entries are ordered by tenant: those of the n-th tenant are first_entry[n] up to the one before first_entry[n + 1], and the
-- same for body parts. `blinds` are arrays of bytea as text, since an array of arrays of different lengths does not exist.
-- Gives the ids that were written; an id that was there already is not among them.
-- INVARIANT: security invoker. The claims are the callers' own, signed outside; this function adds no right to any of them.
create function audit.append_batch(
  tenants uuid[], claims text[], first_entry integer[], first_part integer[],
  ids uuid[], leaves bytea[], kinds text[], outcomes text[], blinds text[],
  part_ids uuid[], parts smallint[], nonces bytea[], key_ids text[], cts bytea[],
  out tenant_id uuid, out entry_id uuid)
  returns setof record language plpgsql volatile security invoker set search_path = pg_catalog, pg_temp
as $$
declare
  of_tenant uuid;
  a integer;
  b integer;
  written uuid[];
begin
  for n in 1 .. cardinality(tenants) loop
    of_tenant := tenants[n];
    perform set_config('app.claim', claims[n], true);
    if (app.tid() = of_tenant) is not true then
      raise exception 'a claim in this batch is not accepted' using errcode = 'insufficient_privilege';
    end if;
    a := first_entry[n];
    b := first_entry[n + 1] - 1;
    with entry as (
      insert into audit.entry as e (tenant_id, entry_id, leaf)
      select of_tenant, given.id, given.leaf from unnest(ids[a:b], leaves[a:b]) as given(id, leaf)
      on conflict do nothing returning e.entry_id
    )
    select coalesce(array_agg(entry.entry_id), '{}') into written from entry;
    insert into audit.search (tenant_id, entry_id, kind, outcome, blind)
      select of_tenant, given.id, given.kind, given.outcome, given.blind::bytea[]
      from unnest(ids[a:b], kinds[a:b], outcomes[a:b], blinds[a:b]) as given(id, kind, outcome, blind)
      where given.id = any (written);
    a := first_part[n];
    b := first_part[n + 1] - 1;
    insert into audit.body (tenant_id, entry_id, part, nonce, key_id, ct)
      select of_tenant, given.id, given.part, given.nonce, given.key_id, given.ct
      from unnest(part_ids[a:b], parts[a:b], nonces[a:b], key_ids[a:b], cts[a:b]) as given(id, part, nonce, key_id, ct)
      where given.id = any (written);
    return query select of_tenant, w from unnest(written) as w;
  end loop;
  perform set_config('app.claim', '', true);
end $$;
grant execute on function audit.append_batch(uuid[], text[], integer[], integer[], uuid[], bytea[], text[], text[], text[],
  uuid[], smallint[], bytea[], text[], bytea[]) to countersign_app;
