-- A claim is asked for its signature first, as a batch is (0056), and for its form without a regular expression, which took half of the time
-- of every statement's look at it.

-- The tenant of this transaction, or NULL. INVARIANT: never raises and never trusts: garbage, '', an expired, forged or old-epoch claim and a
-- tenant that is not active all give NULL, and `tenant_id = NULL` shows no row. Whoever gets SQL into the app's session can change
-- app.claim but cannot sign one.
create or replace function app.tid() returns uuid
  language plpgsql stable parallel safe security definer set search_path = pg_catalog, pg_temp
as $$
declare
  given text := current_setting('app.claim', true);
  message text := left(given, -65);
  part text[];
  signed bytea;
begin
  -- A batch is signed with the same key, and is no claim of one tenant.
  if (length(given) between 100 and 160 and starts_with(message, 'v2.')) is not true then
    return null;
  end if;
  select sha256(k.opad || sha256(k.ipad || convert_to(message, 'UTF8'))) into signed from keyring.claim_key k;
  -- To the letter; both sides are hashed once more, so that the time of the comparison says nothing about the signature.
  if (sha256(convert_to('.' || encode(signed, 'hex'), 'UTF8')) = sha256(convert_to(right(given, 65), 'UTF8'))) is not true then
    return null;
  end if;
  -- And in form, so that no cast can fail, whatever holds the key.
  part := string_to_array(message, '.');
  if (cardinality(part) = 4
    and part[2] like '________-____-____-____-____________' and translate(part[2], '0123456789abcdef', '') = '----'
    and length(part[3]) between 1 and 9 and length(part[4]) between 1 and 12 and translate(part[3] || part[4], '0123456789', '') = '')
    is not true then
    return null;
  end if;
  return (
    select t.id from platform.tenant t
    where t.id = part[2]::uuid and t.epoch = part[3]::integer and t.state = 'active'
      and part[4]::bigint > extract(epoch from clock_timestamp()));
end $$;
