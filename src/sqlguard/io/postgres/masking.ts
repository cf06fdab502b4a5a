// Which columns of the relations that a statement reaches are masked: those the client lists, the same ones in parents and children, what
// is generated from them, and the outputs of views that they have a part in.

import { z } from "zod";
import { LIMITS } from "../../limits.ts";
import type { Mask } from "../../masks.ts";
import { lineage, maskedOutputs, type FindRelation, type Lineage } from "../../postgres/lineage.ts";
import type { ShownRelation } from "../../postgres/name-scope.ts";
import type { Classified } from "../../postgres/classify.ts";
import type { Name } from "../../postgres/names.ts";
import type { Parser } from "./parser.ts";
import type { Session } from "./session.ts";

/** Where rows come from, as the server says it with the rows: a table and the number of its column. */
export interface Masking extends Lineage {
  readonly hidesOrigin: (table: number, column: number) => boolean;
  /** The masked columns of each `schema.table`. */
  readonly masked: ReadonlyMap<string, ReadonlySet<string>>;
}

const NONE: Masking = { offences: [], hides: () => false, hidesOrigin: () => false, masked: new Map() };
const UNSEEN: ShownRelation = { columns: new Set(), masked: new Set() };

/** null: the statement could not be looked through, so nothing of it may be shown. */
export async function loadMasking(
  session: Session,
  parser: Parser,
  masks: readonly Mask[],
  statement: { readonly sql: string; readonly classified: Classified },
): Promise<Masking | null> {
  const listed = masks.length === 0 ? new Map<number, Set<number>>() : await maskedColumns(session, masks);
  if (listed.size === 0) return NONE;
  const relations = new Map<number, ShownRelation>();

  const shown = async (oid: number, outside: readonly number[]): Promise<ShownRelation> => {
    const known = relations.get(oid);
    if (known !== undefined) return known;
    const columns = await columnsOf(session, oid);
    const all = columns.map(({ name }) => name);
    const mine = listed.get(oid) ?? new Set();
    const view = columns.some(({ view: is }) => is);
    const behind = new Set(view ? await outputsOf(oid, all, [...outside, oid]) : []);
    for (const { number, name } of columns) if (behind.has(name)) mine.add(number);
    listed.set(oid, mine);
    const relation = {
      columns: new Set(all),
      masked: new Set(columns.flatMap(({ number, name }) => (mine.has(number) ? [name] : []))),
    };
    relations.set(oid, relation);
    return relation;
  };

  const outputsOf = async (
    oid: number,
    all: readonly string[],
    outside: readonly number[],
  ): Promise<readonly string[]> => {
    const [view] = await session.ask(body, "select pg_catalog.pg_get_viewdef($1::oid) as sql", [oid]);
    // Fail closed: a view that is not looked through shows nothing.
    if (view === undefined || outside.length > LIMITS.viewDepth) return all;
    const answer = await parser.classify(view.sql);
    const parsed = await parser.parse(view.sql);
    if (answer.kind !== "classified" || parsed.kind !== "tree") return all;
    return maskedOutputs(parsed.tree, await finder(answer.classified, outside), all);
  };

  const finder = async (classified: Classified, outside: readonly number[]): Promise<FindRelation> => {
    const found = await oidsOf(
      session,
      classified.names.filter(({ kind }) => kind === "relation"),
    );
    return finderOf(found, (oid) => (outside.includes(oid) ? Promise.resolve(UNSEEN) : shown(oid, outside)));
  };

  const parsed = await parser.parse(statement.sql);
  if (parsed.kind !== "tree") return null;
  const own = await oidsOf(
    session,
    statement.classified.names.filter(({ kind }) => kind === "relation"),
  );
  // A view's text is printed with schemas while only pg_catalog is searched; the statement's own names are found before that.
  const find = await underPath(session, "pg_catalog", () => finderOf(own, (oid) => shown(oid, [])));
  const reading = lineage(parsed.tree, find);
  return {
    ...reading,
    hidesOrigin: (table, column) => listed.get(table)?.has(column) === true,
    masked: await namesOf(session, listed),
  };
}

const nameRow = z.object({ label: z.string(), column: z.string() });

async function namesOf(
  session: Session,
  listed: ReadonlyMap<number, ReadonlySet<number>>,
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const pairs = [...listed].flatMap(([oid, numbers]) => [...numbers].map((number) => ({ oid, number })));
  const rows = await session.ask(
    nameRow,
    `select n.nspname || '.' || c.relname as label, a.attname::text as column
       from unnest($1::oid[], $2::int[]) as m(oid, number) join pg_catalog.pg_class c on c.oid = m.oid
       join pg_catalog.pg_namespace n on n.oid = c.relnamespace
       join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = m.number`,
    [pairs.map(({ oid }) => oid), pairs.map(({ number }) => number)],
  );
  const found = new Map<string, Set<string>>();
  for (const { label, column } of rows) found.set(label, (found.get(label) ?? new Set()).add(column));
  return found;
}

interface FoundName {
  readonly name: Name;
  readonly oid: number;
}

async function finderOf(
  found: readonly FoundName[],
  shown: (oid: number) => Promise<ShownRelation>,
): Promise<FindRelation> {
  const byName = new Map<string, ShownRelation>();
  for (const { name, oid } of found) byName.set(JSON.stringify([name.schema, name.name]), await shown(oid));
  return (schema, name) => byName.get(JSON.stringify([schema, name])) ?? null;
}

const oidRow = z.object({ n: z.number(), oid: z.number() });

async function oidsOf(session: Session, names: readonly Name[]): Promise<readonly FoundName[]> {
  if (names.length === 0) return [];
  const rows = await session.ask(
    oidRow,
    `select n::int, pg_catalog.to_regclass(coalesce(pg_catalog.quote_ident(s) || '.', '') || pg_catalog.quote_ident(r))::oid as oid
       from unnest($1::text[], $2::text[]) with ordinality as a(s, r, n)
       where pg_catalog.to_regclass(coalesce(pg_catalog.quote_ident(s) || '.', '') || pg_catalog.quote_ident(r)) is not null`,
    [names.map(({ schema }) => schema), names.map(({ name }) => name)],
  );
  return rows.flatMap(({ n, oid }) => {
    const name = names[n - 1];
    return name === undefined ? [] : [{ name, oid }];
  });
}

const columnRow = z.object({ number: z.number(), name: z.string(), view: z.boolean() });
const body = z.object({ sql: z.string() });
const onlyPath = z.object({ path: z.string() });

/** PostgreSQL's own views were reviewed with the lists: they are looked through by nobody. */
const columnsOf = (session: Session, oid: number) =>
  session.ask(
    columnRow,
    `select a.attnum::int as number, a.attname::text as name, c.relkind in ('v', 'm') and c.oid >= 16384 as view
       from pg_catalog.pg_class c join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
       where c.oid = $1 order by a.attnum`,
    [oid],
  );

async function underPath<T>(session: Session, path: string, work: () => Promise<T>): Promise<T> {
  const set = (to: string) =>
    session.ask(onlyPath, "select pg_catalog.set_config('search_path', $1, true) as path", [to]);
  const [before] = await session.ask(onlyPath, "select pg_catalog.current_setting('search_path') as path");
  await set(path);
  const result = await work();
  await set(before?.path ?? "");
  return result;
}

const maskedRow = z.object({ oid: z.number(), number: z.number() });

/** By table: the numbers of the columns. A partition has its parent's columns, and a parent shows its partitions' rows. */
async function maskedColumns(session: Session, masks: readonly Mask[]): Promise<Map<number, Set<number>>> {
  const rows = await session.ask(
    maskedRow,
    `with recursive listed as (
       select c.oid, a.attname from unnest($1::text[], $2::text[], $3::text[]) as m(s, t, c)
         join pg_catalog.pg_namespace n on n.nspname = m.s
         join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = m.t
         join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and (m.c is null or a.attname = m.c)),
     family(oid, attname) as (
       select oid, attname from listed
       union select case when i.inhparent = f.oid then i.inhrelid else i.inhparent end, f.attname
         from family f join pg_catalog.pg_inherits i on f.oid in (i.inhparent, i.inhrelid)),
     columns as (
       select a.attrelid as oid, a.attnum from family f join pg_catalog.pg_attribute a on a.attrelid = f.oid and a.attname = f.attname
         and a.attnum > 0 and not a.attisdropped)
     select oid, attnum::int as number from columns
     union select a.attrelid, a.attnum::int from columns k
       join pg_catalog.pg_depend d on d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = k.oid and d.refobjsubid = k.attnum
       join pg_catalog.pg_attrdef e on d.classid = 'pg_catalog.pg_attrdef'::regclass and d.objid = e.oid
       join pg_catalog.pg_attribute a on a.attrelid = e.adrelid and a.attnum = e.adnum and a.attgenerated <> ''
     union select a.attrelid, a.attnum::int from columns k
       join pg_catalog.pg_depend d on d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = k.oid and d.refobjsubid = k.attnum
         and d.classid = 'pg_catalog.pg_class'::regclass and d.objid = k.oid
       join pg_catalog.pg_attribute a on a.attrelid = d.objid and a.attnum = d.objsubid and a.attgenerated <> ''`,
    [masks.map(({ schema }) => schema), masks.map(({ table }) => table), masks.map(({ column }) => column)],
  );
  const found = new Map<number, Set<number>>();
  for (const { oid, number } of rows) {
    const mine = found.get(oid) ?? new Set();
    found.set(oid, mine.add(number));
  }
  return found;
}
