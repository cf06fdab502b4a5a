-- A tenant's transaction begins in one round trip with its first statement: so the claim has to fail where it is not accepted, and not only
-- say so.

-- INVARIANT: raises unless the claim is one that app.tid() accepts, and of this tenant: what stands behind it in the same message is left out
-- by PostgreSQL then. Gives the database's clock.
create function app.enter(claim text, tenant uuid) returns timestamptz
  language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
begin
  perform set_config('app.claim', claim, true);
  if (app.tid() = tenant) is not true then
    -- What it was is said nowhere.
    raise exception 'The claim is not accepted' using errcode = 'CS001';
  end if;
  return clock_timestamp();
end $$;
grant execute on function app.enter(text, uuid) to countersign_app, countersign_broker, countersign_doer;
