import { z } from "zod";
import type { Name } from "../../postgres/names.ts";
import type { Session } from "./session.ts";

const related = z.object({
  n: z.number(),
  oid: z.number(),
  /** pg_class.relkind */
  kind: z.string(),
  builtin: z.boolean(),
  label: z.string(),
  /** A partition or child of it is a foreign table. */
  foreignChild: z.boolean(),
});

export type Related = Omit<z.infer<typeof related>, "n">;

/** The relations that the names are; a name that is none is a WITH query's, or PostgreSQL will say so. */
export async function resolve(
  session: Session,
  names: readonly Name[],
): Promise<readonly (Related & { readonly offset: number })[]> {
  if (names.length === 0) return [];
  const found = await session.ask(
    related,
    `with recursive asked as (
       select n::int, pg_catalog.to_regclass(coalesce(pg_catalog.quote_ident(s) || '.', '') || pg_catalog.quote_ident(r))::oid as oid
       from unnest($1::text[], $2::text[]) with ordinality as a(s, r, n)),
     children(root, oid) as (
       select i.inhparent, i.inhrelid from pg_catalog.pg_inherits i where i.inhparent in (select oid from asked)
       union select c.root, i.inhrelid from children c join pg_catalog.pg_inherits i on i.inhparent = c.oid)
     select a.n, c.oid, c.relkind::text as kind, c.oid < 16384 as builtin, n.nspname || '.' || c.relname as label,
       exists (select from children x join pg_catalog.pg_class k on k.oid = x.oid where x.root = c.oid and k.relkind = 'f') as "foreignChild"
     from asked a join pg_catalog.pg_class c on c.oid = a.oid join pg_catalog.pg_namespace n on n.oid = c.relnamespace`,
    [names.map(({ schema }) => schema), names.map(({ name }) => name)],
  );
  return found.map(({ n, ...relation }) => ({ ...relation, offset: names[n - 1]?.offset ?? -1 }));
}

const labelled = z.object({ label: z.string() });

/** schema.name of the partitions and children of these relations, and of theirs. */
export async function descendantsOf(session: Session, oids: readonly number[]): Promise<readonly string[]> {
  const found = await session.ask(
    labelled,
    `with recursive below(oid) as (
       select i.inhrelid from pg_catalog.pg_inherits i where i.inhparent = any($1::oid[])
       union select i.inhrelid from below b join pg_catalog.pg_inherits i on i.inhparent = b.oid)
     select n.nspname || '.' || c.relname as label from below b join pg_catalog.pg_class c on c.oid = b.oid
       join pg_catalog.pg_namespace n on n.oid = c.relnamespace`,
    [oids],
  );
  return found.map(({ label }) => label);
}

const inside = z.object({ oid: z.number(), kind: z.enum(["view", "row policy", "generated column"]), sql: z.string() });
export type Inside = z.infer<typeof inside>;

/** The SQL that reading these relations runs, each as a statement of its own. A materialised view's is not run. */
export async function insideOf(session: Session, relations: readonly Related[]): Promise<readonly Inside[]> {
  if (relations.length === 0) return [];
  const oids = relations.map(({ oid }) => oid);
  return session.ask(
    inside,
    `select c.oid, 'view' as kind, pg_catalog.pg_get_viewdef(c.oid) as sql
       from pg_catalog.pg_class c where c.oid = any($1::oid[]) and c.relkind = 'v'
     union all
     select p.polrelid, 'row policy', 'SELECT (' || pg_catalog.pg_get_expr(p.polqual, p.polrelid) || ')'
       from pg_catalog.pg_policy p where p.polrelid = any($1::oid[]) and p.polcmd in ('r', '*') and p.polqual is not null
     union all
     select d.adrelid, 'generated column', 'SELECT (' || pg_catalog.pg_get_expr(d.adbin, d.adrelid) || ')'
       from pg_catalog.pg_attrdef d join pg_catalog.pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
       where d.adrelid = any($1::oid[]) and a.attgenerated not in ('', 's')`,
    [oids],
  );
}
