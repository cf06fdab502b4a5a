-- A batch under one signature: with fifty tenants in it a third of its time went into checking fifty claims three times.

-- The tenants of app.claims: `batch`, then for each tenant its claim without the signature, then one signature (hexadecimal) over
-- all of that, with one space between them. INVARIANT: never raises and never trusts, as app.tid(); what is not signed by the app's
-- key, to the letter, is no tenant's; and one that was suspended, or whose time is over, is left out.
create or replace function app.tids() returns uuid[]
  language plpgsql stable parallel safe security definer set search_path = pg_catalog, pg_temp
as $$
declare
  given text := current_setting('app.claims', true);
  message text := left(given, -65);
  signed bytea;
begin
  -- A claim of one tenant is signed with the same key, and is no batch.
  if (starts_with(message, 'batch ')) is not true then
    return '{}';
  end if;
  select sha256(k.opad || sha256(k.ipad || convert_to(message, 'UTF8'))) into signed from keyring.claim_key k;
  -- Both sides are hashed once more, so that the time of the comparison says nothing about the signature.
  if (sha256(convert_to(encode(signed, 'hex'), 'UTF8')) = sha256(convert_to(right(given, 64), 'UTF8'))) is not true then
    return '{}';
  end if;
  -- Only what the app wrote gets here, so no cast can fail.
  return (
    select coalesce(array_agg(t.id), '{}')
    from (select string_to_array(c.claim, '.') from string_to_table(substr(message, 7), ' ') as c(claim)) as claimed(part)
      join platform.tenant t on t.id = claimed.part[2]::uuid
    where t.epoch = claimed.part[3]::integer and t.state = 'active'
      and claimed.part[4]::bigint > extract(epoch from clock_timestamp()));
end $$;

-- The foreign key of audit.body is asked for each part that is written. Its plan, made anew each time (to see which month it is),
-- cost four times what the row does; made once, the month is found while it runs.
alter function audit.append_batch(text, uuid[], uuid[], text[], text[], text[], integer[], integer[], bytea,
  integer[], smallint[], text[], integer[], integer[], bytea) set plan_cache_mode = force_generic_plan;
