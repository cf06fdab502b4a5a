import { z } from "zod";
import type { OwnObject } from "../../postgres/catalog.ts";
import { forbidden } from "../../postgres/exceptions.ts";
import { extensionAllows } from "../../postgres/extensions.ts";
import { functionsOf } from "../../postgres/functions.ts";
import type { Major } from "../../postgres/majors.ts";
import type { Session } from "./session.ts";

/** The first object id that is not PostgreSQL's own (access/transam.h). */
const FIRST = 16_384;

const extensionOf = (catalog: string, oid: string): string =>
  `(select e.extname::text from pg_catalog.pg_depend d join pg_catalog.pg_extension e on e.oid = d.refobjid
    where d.classid = 'pg_catalog.${catalog}'::regclass and d.objid = ${oid} and d.refclassid = 'pg_catalog.pg_extension'::regclass
    and d.deptype = 'e' limit 1)`;

const object = z.object({
  schema: z.string(),
  name: z.string(),
  visible: z.boolean(),
  extension: z.string().nullable(),
});

const plainObject = { takesRow: false, takesOne: false, reached: true, plain: false, twin: false, sha256: null };

/** Null for what nobody can review here: code in C, aggregates, procedures, and what runs with its owner's rights. */
export const DEFINITION_HASH = `case when p.prokind = 'f' and not p.prosecdef
    and p.prolang in (select l.oid from pg_catalog.pg_language l where l.lanname in ('sql', 'plpgsql'))
  then pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(pg_catalog.pg_get_functiondef(p.oid), 'UTF8')), 'hex') end`;

/** Null for what is no aggregate: the functions that it is made of, "" for one that is not PostgreSQL's own, or keeps something. */
const AGGREGATED = `(select array(
    select case when f.oid < ${FIRST} and f.provolatile <> 'v' and f.proacl is null then f.proname::text else '' end
    from unnest(array[a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn, a.aggdeserialfn, a.aggmtransfn, a.aggminvtransfn,
      a.aggmfinalfn]::oid[]) as used(oid) left join pg_catalog.pg_proc f on f.oid = used.oid where used.oid <> 0)
    || array(select '' from pg_catalog.pg_type y where y.oid in (a.aggtranstype, a.aggmtranstype) and y.oid >= ${FIRST})
    || array(select '' from pg_catalog.pg_operator s where s.oid = a.aggsortop and s.oid >= ${FIRST})
  from pg_catalog.pg_aggregate a where a.aggfnoid = p.oid)`;

/** PostgreSQL makes these with each range type, of its own code. Whether the range itself runs anything is asked of its type. */
const makesRange = (p: string): string => `exists (select from pg_catalog.pg_range r
    where ${p}.prosrc in ('range_constructor2', 'range_constructor3', 'multirange_constructor0', 'multirange_constructor1', 'multirange_constructor2')
      and ${p}.prolang = (select l.oid from pg_catalog.pg_language l where l.lanname = 'internal')
      and ${p}.prorettype in (r.rngtypid, r.rngmultitypid) and r.rngcanonical = 0 and r.rngsubdiff::oid < ${FIRST} and r.rngsubopc < ${FIRST}
      and r.rngsubtype < ${FIRST})`;

export async function functionsNamed(session: Session, names: readonly string[]): Promise<readonly OwnObject[]> {
  const found = await session.ask(
    object.extend({
      takesRow: z.boolean(),
      takesOne: z.boolean(),
      sha256: z.string().nullable(),
      twin: z.boolean(),
      aggregates: z.array(z.string()).nullable(),
      makesRange: z.boolean(),
    }),
    `select n.nspname::text as schema, p.proname::text as name, pg_catalog.pg_function_is_visible(p.oid) as visible,
       exists (select from pg_catalog.pg_proc o where o.proname = p.proname and o.oid < ${FIRST}) as twin,
       ${AGGREGATED} as aggregates, ${makesRange("p")} as "makesRange",
       ${extensionOf("pg_proc", "p.oid")} as extension,
       p.pronargs >= 1 and p.pronargs - p.pronargdefaults <= 1 as "takesOne",
       p.pronargs >= 1 and p.pronargs - p.pronargdefaults <= 1 and exists (select from pg_catalog.pg_type t
         where t.oid = p.proargtypes[0] and (t.typtype = 'c' or t.typtype = 'p' or t.typtype = 'd')) as "takesRow",
       ${DEFINITION_HASH} as sha256
     from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
     where p.proname = any($1::name[]) and p.oid >= ${FIRST}`,
    [names],
  );
  return found.map(({ aggregates, makesRange: made, ...each }) => ({
    ...plainObject,
    ...each,
    plain: made || aggregates?.every((name) => name !== "" && forbidden(name) === undefined) === true,
  }));
}

export async function operatorsNamed(
  session: Session,
  names: readonly string[],
  reach: readonly number[],
  major: Major,
): Promise<readonly OwnObject[]> {
  const found = await session.ask(
    object.extend({ reached: z.boolean(), builtin: z.boolean(), function: z.string() }),
    `select n.nspname::text as schema, o.oprname::text as name, pg_catalog.pg_operator_is_visible(o.oid) as visible,
       ${extensionOf("pg_operator", "o.oid")} as extension, p.oid < ${FIRST} as builtin, p.proname::text as function,
       not exists (select from unnest(array[o.oprleft, o.oprright]) as used(type) left join pg_catalog.pg_type t on t.oid = used.type
         where used.type >= ${FIRST} and used.type <> all($2::oid[]) and coalesce(t.typelem, 0) <> all($2::oid[])) as reached
     from pg_catalog.pg_operator o join pg_catalog.pg_namespace n on n.oid = o.oprnamespace join pg_catalog.pg_proc p on p.oid = o.oprcode
     where o.oprname = any($1::name[]) and o.oid >= ${FIRST}`,
    [names, reach],
  );
  return found.map(({ builtin, function: name, ...each }) => ({
    ...plainObject,
    ...each,
    // An operator of the client's own may stand for any function, pg_sleep included.
    plain: builtin && functionsOf(major).has(name),
  }));
}

export interface NamedType {
  readonly oid: number;
  readonly own: OwnObject;
  /** It, and every type of the client's own that it is made of. */
  readonly parts: readonly number[];
}

/** The client's own types that the type t is made of. */
const INNER_TYPES = `select t.typelem where t.typelem >= ${FIRST}
         union select t.typbasetype where t.typbasetype >= ${FIRST}
         union select r.rngsubtype from pg_catalog.pg_range r where r.rngtypid = t.oid and r.rngsubtype >= ${FIRST}
         union select r.rngtypid from pg_catalog.pg_range r where r.rngmultitypid = t.oid and t.typtype = 'm' and r.rngtypid >= ${FIRST}
         union select a.atttypid from pg_catalog.pg_attribute a where t.typtype = 'c' and a.attrelid = t.typrelid and a.attnum > 0
           and not a.attisdropped and a.atttypid >= ${FIRST}`;

/** A domain counts as plain: its checks, and those of the domains in it, are looked at as bodies. */
export async function typesNamed(session: Session, names: readonly string[]): Promise<readonly NamedType[]> {
  const found = await session.ask(
    object.extend({ oid: z.number(), plain: z.boolean(), parts: z.array(z.number()) }),
    `with recursive made(root, type) as (
       select t.oid, t.oid from pg_catalog.pg_type t where t.typname = any($1::name[]) and t.oid >= ${FIRST}
       union select m.root, inner_type.oid from made m join pg_catalog.pg_type t on t.oid = m.type
       cross join lateral (${INNER_TYPES}) as inner_type(oid))
     select t.oid, n.nspname::text as schema, t.typname::text as name, pg_catalog.pg_type_is_visible(t.oid) as visible,
       ${extensionOf("pg_type", "t.oid")} as extension,
       (select bool_and(case when p.typtype in ('e', 'd', 'c', 'm') then true
           when p.typtype = 'r' then exists (select from pg_catalog.pg_range r where r.rngtypid = p.oid and r.rngcanonical = 0
             and r.rngsubdiff::oid < ${FIRST} and r.rngsubopc < ${FIRST})
           else exists (select from pg_catalog.pg_type e where e.typarray = p.oid) end)
         from made m join pg_catalog.pg_type p on p.oid = m.type where m.root = t.oid) as plain,
       (select array_agg(m.type::int) from made m where m.root = t.oid) as parts
     from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace
     where t.typname = any($1::name[]) and t.oid >= ${FIRST}`,
    [names],
  );
  return found.map(({ oid, parts, ...each }) => ({ oid, parts, own: { ...plainObject, ...each } }));
}

/** The checks of these domains, each as a statement. Printed while only pg_catalog is searched. */
export async function domainChecks(
  session: Session,
  setPath: (path: string) => Promise<void>,
  own: string,
  types: readonly number[],
): Promise<readonly { readonly of: string; readonly sql: string }[]> {
  if (types.length === 0) return [];
  await setPath("pg_catalog");
  const found = await session.ask(
    z.object({ of: z.string(), sql: z.string() }),
    `select 'the check of the domain ' || c.contypid::regtype::text as of, 'SELECT (' || pg_catalog.pg_get_expr(c.conbin, 0) || ')' as sql
     from pg_catalog.pg_constraint c where c.contypid = any($1::oid[]) and c.contype = 'c'`,
    [types],
  );
  await setPath(own);
  return found;
}

export interface ColumnTypes {
  /** Object ids of the client's own types among the columns, and of what they are made of. */
  readonly reach: readonly number[];
  readonly unreadable: readonly { readonly type: string; readonly offset: number }[];
}

/** What reading the columns of these relations runs: the output of a type that is no extension's we know. */
export async function columnTypesOf(
  session: Session,
  relations: readonly { readonly oid: number; readonly offset: number }[],
): Promise<ColumnTypes> {
  const found = await session.ask(
    z.object({
      relation: z.number(),
      oid: z.number(),
      kind: z.string(),
      name: z.string(),
      label: z.string(),
      extension: z.string().nullable(),
    }),
    `with recursive used(relation, type) as (
       select a.attrelid, a.atttypid from pg_catalog.pg_attribute a
       where a.attrelid = any($1::oid[]) and a.attnum > 0 and not a.attisdropped and a.atttypid >= ${FIRST}
       union
       select u.relation, inner_type.oid from used u join pg_catalog.pg_type t on t.oid = u.type
       cross join lateral (${INNER_TYPES}) as inner_type(oid))
     select u.relation, t.oid, t.typtype::text || case when t.typelem <> 0 and t.typcategory = 'A' then '[]' else '' end as kind,
       t.typname::text as name, t.oid::regtype::text as label, ${extensionOf("pg_type", "t.oid")} as extension
     from used u join pg_catalog.pg_type t on t.oid = u.type`,
    [relations.map(({ oid }) => oid)],
  );
  const unreadable = found.filter(
    ({ kind, name, extension }) => kind === "b" && (extension === null || !extensionAllows(extension, name)),
  );
  return {
    reach: [...new Set(found.map(({ oid }) => oid))],
    unreadable: unreadable.map(({ relation, label }) => ({
      type: label,
      offset: relations.find(({ oid }) => oid === relation)?.offset ?? -1,
    })),
  };
}

/** The client's own casts that PostgreSQL may apply here: implicit ones among what is read, any to a type that is named. */
export async function castsOf(
  session: Session,
  reach: readonly number[],
  named: readonly number[],
  major: Major,
): Promise<readonly { readonly from: string; readonly to: string; readonly offset: number }[]> {
  const found = await session.ask(
    z.object({
      from: z.string(),
      to: z.string(),
      builtin: z.boolean(),
      function: z.string(),
      extension: z.string().nullable(),
    }),
    `select c.castsource::regtype::text as from, c.casttarget::regtype::text as to, p.oid < ${FIRST} as builtin, p.proname::text as function,
       ${extensionOf("pg_cast", "c.oid")} as extension
     from pg_catalog.pg_cast c join pg_catalog.pg_proc p on p.oid = c.castfunc
     where c.oid >= ${FIRST} and not ${makesRange("p")} and (c.castsource < ${FIRST} or c.castsource = any($1::oid[]) or c.castsource = any($2::oid[]))
       and (c.castcontext = 'i' and (c.casttarget < ${FIRST} or c.casttarget = any($1::oid[]) or c.casttarget = any($2::oid[]))
         or c.casttarget = any($2::oid[])
         or c.castcontext <> 'i' and c.casttarget < ${FIRST} and c.castsource = any($1::oid[]))`,
    [reach, named],
  );
  return found
    .filter(
      ({ builtin, function: name, extension }) =>
        !(builtin && functionsOf(major).has(name)) && !(extension !== null && extensionAllows(extension, name)),
    )
    .map(({ from, to }) => ({ from, to, offset: -1 }));
}
