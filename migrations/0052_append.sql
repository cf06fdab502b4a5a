-- Entries of many tenants in one statement for each table, where 0047 had three for each tenant: what a batch costs no longer grows
-- with the tenants in it, but for the check of their claims.

-- The tenants of a batch: those whose claims stand in app.claims, with one space between them. What app.tid() says of one claim
-- holds for each. INVARIANT: never raises and never trusts, as there; a claim that is not good adds no tenant.
create function app.tids() returns uuid[]
  language plpgsql stable parallel safe security definer set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    -- Materialized, so that nothing is cast that was not matched first.
    with matched as materialized (
      select given.claim, string_to_array(given.claim, '.') as part
      from string_to_table(current_setting('app.claims', true), ' ') as given(claim)
      where length(given.claim) <= 160
        and given.claim ~ '^v2\.[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\.[0-9]{1,9}\.[0-9]{1,12}\.[0-9a-f]{64}$'
    )
    select coalesce(array_agg(t.id), '{}') from matched m, keyring.claim_key k, platform.tenant t
    where t.id = m.part[2]::uuid and t.epoch = m.part[3]::integer and t.state = 'active'
      and m.part[4]::bigint > extract(epoch from clock_timestamp())
      -- Both sides are hashed once more, so that the time of the comparison says nothing about the signature.
      and sha256(sha256(k.opad || sha256(k.ipad || convert_to(left(m.claim, -65), 'UTF8')))) = sha256(decode(m.part[5], 'hex')));
end $$;
grant execute on function app.tids() to countersign_app;

-- For INSERT alone: what a transaction reads is one tenant's, as before. Beside the tenant's own policy, which PostgreSQL asks first
-- or second as it likes: a sub-select is asked once for a statement, and not at all where the other one has said yes.
create policy tenant_batch on audit.entry for insert to countersign_app with check (tenant_id = any ((select app.tids())::uuid[]));
create policy tenant_batch on audit.body for insert to countersign_app with check (tenant_id = any ((select app.tids())::uuid[]));
create policy tenant_batch on audit.search for insert to countersign_app with check (tenant_id = any ((select app.tids())::uuid[]));

drop function if exists audit.append_batch(uuid[], text[], integer[], integer[], uuid[], bytea[], text[], text[], text[],
  uuid[], smallint[], bytea[], text[], bytea[]);

-- Bytes come in one piece for each column, with where each one's begin (from 1) and how many they are: an array of bytea would be
-- text on its way, twice as long. `blinds` are arrays of bytea as text, since an array of arrays of different lengths does not
-- exist. A part belongs to the part_of-th entry; its bytes are nonce (12), ciphertext and tag.
-- All of it or nothing: an id that is there already ends the batch (23505).
-- INVARIANT: security invoker. The claims are the callers' own, signed outside; this function adds no right to any of them.
create function audit.append_batch(
  claims text, tenants uuid[], ids uuid[], kinds text[], outcomes text[], blinds text[],
  leaf_at integer[], leaf_length integer[], leaves bytea,
  part_of integer[], parts smallint[], key_ids text[], part_at integer[], part_length integer[], bodies bytea)
  returns void language plpgsql volatile security invoker set search_path = pg_catalog, pg_temp
as $$
begin
  perform set_config('app.claims', claims, true);
  insert into audit.entry (tenant_id, entry_id, leaf)
    select e.tenant, e.id, substring(leaves from e.at for e.length)
    from unnest(tenants, ids, leaf_at, leaf_length) as e(tenant, id, at, length);
  insert into audit.search (tenant_id, entry_id, kind, outcome, blind)
    select e.tenant, e.id, e.kind, e.outcome, e.blind::bytea[]
    from unnest(tenants, ids, kinds, outcomes, blinds) as e(tenant, id, kind, outcome, blind);
  insert into audit.body (tenant_id, entry_id, part, nonce, key_id, ct)
    select tenants[p.of], ids[p.of], p.part, substring(bodies from p.at for 12), p.key_id, substring(bodies from p.at + 12 for p.length - 12)
    from unnest(part_of, parts, key_ids, part_at, part_length) as p(of, part, key_id, at, length);
  perform set_config('app.claims', '', true);
end $$;
grant execute on function audit.append_batch(text, uuid[], uuid[], text[], text[], text[], integer[], integer[], bytea,
  integer[], smallint[], text[], integer[], integer[], bytea) to countersign_app;
