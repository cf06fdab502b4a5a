import { afterAll, describe, expect, it } from "vitest";
import { createParser, runSelect } from "#sqlguard/io";
import { clientServer } from "./client-server.ts";
import { unmark } from "./cases/marked.ts";
import { probe } from "./probe.ts";
import { shopWorld } from "./world.ts";

/** What a client's database may hold, by mischief or by chance. Every function here writes when it runs. */
const HIDING_PLACES = `
create schema evil;
create table evil.log (id bigint generated always as identity, what text);
create function evil.act(text) returns text volatile security definer language plpgsql as
  $$ begin perform pg_logical_emit_message(false, 'evil', $1); return $1; end $$;
create function evil.innocent(text) returns text immutable language plpgsql as $$ begin return evil.act($1); end $$;
create function public.lower(integer) returns text immutable language sql as $$ select evil.act('lower') $$;
create function public.delete_all() returns int language sql as $$ select 1 $$;
create aggregate public.my_sum(int) (sfunc = int4pl, stype = int);
create function evil.add(text, text) returns text immutable language sql as $$ select evil.act($2) $$;
create aggregate public.sly_sum(text) (sfunc = evil.add, stype = text);
create function evil.last(int) returns text immutable language sql as $$ select evil.act('end') $$;
create aggregate public.sly_end(int) (sfunc = int4pl, stype = int, finalfunc = evil.last);
create aggregate public.txid(int) (sfunc = int4pl, stype = int);
create aggregate public.pg_get_wal_summarizer_state(int) (sfunc = int4pl, stype = int);
create type shop.span as range (subtype = int4);
create function evil.cmp(int, int) returns int immutable language sql as $$ select length(evil.act('cmp')) - 3 $$;
create operator class evil.ops for type int using btree as operator 1 <, operator 2 <=, operator 3 =, operator 4 >=, operator 5 >, function 1 evil.cmp(int, int);
create type shop.sly_span as range (subtype = int4, subtype_opclass = evil.ops);
create function evil.plus(int, text) returns text immutable language sql as $$ select evil.act($2) $$;
create operator public.+ (leftarg = int, rightarg = text, function = evil.plus);
create operator public.@@@@ (leftarg = int, rightarg = int, function = int4pl);
create operator public.!@ (rightarg = double precision, function = pg_catalog.pg_sleep);
create domain shop.sly as text check (evil.innocent(value) is not null);
create domain shop.percent as int check (value between 0 and 100);
create type shop.mood as enum ('good', 'bad');
create type shop.point3 as (x int, y int, z int);
create type shop.wrapped as (v shop.sly);
create type shop.nested as (p shop.point3, ms shop.mood[], d shop.percent);
create view shop.sly_view as select evil.innocent(status) as s from shop.orders;
create view shop.over_sly_view as select * from shop.sly_view;
create view shop.slow_view as select pg_sleep(0.01)::text as s;
create view shop.locking_view as select * from shop.customers for update;
create view shop.secret_view as select rolname from pg_authid;
create table shop.guarded (id int);
alter table shop.guarded enable row level security;
create policy sly on shop.guarded using (evil.innocent(id::text) is not null);
insert into shop.guarded values (1);
create extension postgres_fdw;
create server elsewhere foreign data wrapper postgres_fdw;
create foreign table shop.remote (id int) server elsewhere;
create table shop.parts (id int) partition by range (id);
create foreign table shop.remote_part partition of shop.parts for values from (1) to (2) server elsewhere;
create function public.grand(shop.orders) returns text immutable language sql as $$ select evil.act('row') $$;
create table shop.typed (m shop.mood, p shop.percent, c shop.point3);
insert into shop.typed values ('good', 5, row(1, 2, 3));
create function evil.to_text(shop.mood) returns text immutable language sql as $$ select evil.act('cast') $$;
create table shop.moods (m shop.mood);
create extension pg_trgm schema public;
create extension citext schema public;
create table shop.people (name citext);
insert into shop.people values ('Ann');
create extension dblink schema public;
create extension lo schema public;
grant usage on schema evil to public;
`;

const t = await clientServer();
const world = await shopWorld(t, HIDING_PLACES);
const parser = createParser(18);
afterAll(() => parser.close());

const run = (sql: string) => runSelect({ url: world.url }, sql, { parserFor: () => parser });

describe("G5, G6: what hides in the client's own objects is refused, at its place, and nothing happens", () => {
  const cases: readonly (readonly [sentence: string, marked: string, ...rules: string[]])[] = [
    ["a function of the client", "SELECT «delete_all»()", "function.user"],
    ["one of a value, behind a dot", "SELECT («42»).lower", "function.user"],
    ["one of a value of a subquery, behind a dot", "SELECT (SELECT 42).lower", "function.user"],
    ["one of a value of a function in FROM", "SELECT «x.lower» FROM generate_series(42, 43) AS x", "function.user"],
    ["the same with its schema", "SELECT «public.delete_all»()", "function.user"],
    ["one that calls itself IMMUTABLE", "SELECT «evil.innocent»('x')", "function.user"],
    ["an aggregate that acts at each row", "SELECT «sly_sum»(status) FROM shop.orders", "function.user"],
    ["an aggregate that acts at its end", "SELECT «sly_end»(id) FROM shop.orders", "function.user"],
    ["an aggregate named like a function that nobody listed", "SELECT «pg_get_wal_summarizer_state»()", "function.user"],
    ["a range whose comparison acts", "SELECT '[1,2]'::«shop.sly_span»", "type.user"],
    ["a range whose comparison acts, by its constructor", "SELECT «shop.sly_span»(1, 2)", "function.user"],
    ["an overload of a harmless name, which PostgreSQL would choose", "SELECT «lower»(1)", "function.shadowed"],
    ["an operator's overload, which PostgreSQL would choose", "SELECT 1 «+» 'x'::text", "operator.user"],
    ["an operator that is another name for pg_sleep", "SELECT «!@» 1.0::float8", "operator.user"],
    ["a domain whose check acts", "SELECT 'x'::shop.sly", "function.user"],
    ["a row type that holds it", "SELECT '(x)'::shop.wrapped", "function.user"],
    ["a view that acts", "SELECT * FROM «shop.sly_view»", "function.user"],
    ["a view over a view that acts", "SELECT * FROM «shop.over_sly_view»", "function.user"],
    ["a view that sleeps", "SELECT * FROM «shop.slow_view»", "function.effect"],
    ["a view that locks", "SELECT * FROM «shop.locking_view»", "statement.locks"],
    ["a view over secrets", "SELECT * FROM «shop.secret_view»", "relation.secret"],
    ["a view that acts, in a subquery", "SELECT 1 WHERE EXISTS (SELECT 1 FROM «shop.sly_view»)", "function.user"],
    ["a row policy that acts", "SELECT * FROM «shop.guarded»", "function.user"],
    ["a foreign table", "SELECT * FROM «shop.remote»", "relation.foreign"],
    ["a table with a foreign partition", "SELECT * FROM «shop.parts»", "relation.foreign"],
    ["a function written as a column", "SELECT «o.grand», o.id FROM shop.orders o", "function.user"],
    ["a function written as a field", "SELECT («o»).grand FROM shop.orders o", "function.user"],
    ["an extension that reaches out", "SELECT * FROM «dblink»('dbname=x', 'select 1') AS x(a int)", "function.sql_text"],
    ["an extension's setting", "SELECT «set_limit»(0.5)", "function.user"],
    ["an extension's trigger helper", "SELECT «lo_oid»(NULL)", "function.user"],
    ["a function that is not there", "SELECT «no_such»()", "function.unknown"],
  ]; // prettier-ignore
  it.each(cases)("%s", async (_sentence, marked, ...rules) => {
    const { sql, places } = unmark(marked);
    const before = await probe(t, world.since);
    const result = await run(sql);
    const refusals = result.kind === "denied" ? result.refusals : [];
    expect({ kind: result.kind, rules: [...new Set(refusals.map(({ rule }) => rule))] }).toEqual({
      kind: "denied",
      rules,
    });
    if (places.length > 0) expect(refusals[0]?.at).toEqual(places[0]);
    expect(await probe(t, world.since)).toEqual(before);
  });
});

describe("the catalog opens what the first wall alone must refuse", () => {
  it.each([
    ["an enum", "SELECT 'good'::shop.mood, m FROM shop.typed"],
    ["an enum compared", "SELECT * FROM shop.typed WHERE m = 'good' AND m > 'good' IS NOT NULL"],
    ["a domain whose check is harmless", "SELECT 5::shop.percent, p FROM shop.typed"],
    ["a row type", "SELECT (c).x, '(1,2,3)'::shop.point3 FROM shop.typed"],
    ["a row type of row types, arrays and domains", "SELECT (row(row(1, 2, 3), array['good'], 5)::shop.nested).d"],
    ["a table's row from JSON", 'SELECT r.m FROM json_populate_record(NULL::shop.typed, \'{"m": "good"}\') r'],
    [
      "a range of the client's, also by its constructor",
      "SELECT '[1,2]'::shop.span, shop.span(1, 3) @> 2, shop.span_multirange(shop.span(1, 3))",
    ],
    ["an aggregate of PostgreSQL's own functions", "SELECT my_sum(id) FROM shop.orders"],
    [
      "an input function by the name of a type",
      "SELECT pg_input_is_valid('1', 'integer'), message FROM pg_input_error_info('x', 'numeric(3,1)')",
    ],
    ["a type's name as a call", "SELECT tsquery('a & b'), float8('1.5')"],
    ["an array of an enum", "SELECT ARRAY['good']::shop.mood[]"],
    ["a harmless operator of the client, which is only another name", "SELECT 1 @@@@ 2"],
    ["the harmless function, by its full name", "SELECT pg_catalog.lower('A')"],
    ["the harmless operator, by its full name", "SELECT 1 OPERATOR(pg_catalog.+) 2"],
    [
      "a reviewed extension's functions and operators",
      "SELECT similarity('a', 'b'), 'a' % 'b', name FROM shop.people WHERE name = 'ann'",
    ],
    ["a reviewed extension's type", "SELECT 'A'::citext = 'a'"],
    ["a WITH query of a table's name", "WITH guarded AS (SELECT 1) SELECT * FROM guarded"],
    ["views over views", "SELECT * FROM shop.paid_totals"],
  ])("%s", async (_sentence, sql) => {
    const result = await run(sql);
    expect(result.kind === "denied" ? result.refusals : result.kind === "failed" ? result.error : result.kind).toBe(
      "rows",
    );
  });
});
