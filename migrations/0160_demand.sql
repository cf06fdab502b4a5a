-- What is changed by a condition goes in one message with what stands on it and with COMMIT: so the condition has to fail where it does not
-- hold, and not only say so.

-- INVARIANT: raises unless it holds; what stands behind it in the same message is left out by PostgreSQL then, and nothing is committed.
create function app.demand(holds boolean) returns void
  language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
begin
  if holds is not true then
    raise exception 'Somebody else has moved it' using errcode = 'CS002';
  end if;
end $$;
grant execute on function app.demand(boolean) to countersign_app, countersign_doer;
