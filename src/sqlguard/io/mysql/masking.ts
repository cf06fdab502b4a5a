// Which columns of the relations that a statement reaches are masked: those the client lists, what is generated from them, and the outputs
// of views that they have a part in.

import { z } from "zod";
import { LIMITS } from "../../limits.ts";
import type { Mask } from "../../masks.ts";
import type { Relation } from "../../mysql/classify.ts";
import { lex, type Flaw } from "../../mysql/lexer.ts";
import { foldedName } from "../../mysql/names.ts";
import { lineage, maskedOutputs, type FindRelation } from "../../postgres/lineage.ts";
import type { ShownRelation } from "../../postgres/name-scope.ts";
import type { Hides } from "./one-select.ts";
import type { Parser } from "./parser.ts";
import type { Session } from "./session.ts";

interface Masking {
  readonly flaws: readonly Flaw[];
  readonly hides: Hides;
}

const NONE: Masking = { flaws: [], hides: () => false };
const UNREAD = {
  rule: "column.masked",
  says: "The client hides columns, and where their values go cannot be followed through this statement.",
  instead: "Write names as words or in backticks, and fewer views inside of one another.",
} as const;

const column = z.object({
  name: z.string(),
  position: z.coerce.number(),
  made: z.string().nullable(),
  extra: z.string().nullable(),
  view: z.coerce.number(),
});
const COLUMNS = `select c.column_name as name, c.ordinal_position as position, c.generation_expression as made, c.extra as extra,
    t.table_type = 'VIEW' as view
  from information_schema.columns c join information_schema.tables t on t.table_schema = c.table_schema and t.table_name = c.table_name
  where c.table_schema = ? and c.table_name = ? order by c.ordinal_position`;

const keyOf = (schema: string, name: string): string => JSON.stringify([foldedName(schema), foldedName(name)]);

/** null: the statement could not be looked through, so nothing of it may be shown. */
export async function loadMasking(
  session: Session,
  parser: Parser,
  masks: readonly Mask[],
  statement: { readonly sql: string; readonly relations: readonly Relation[] },
): Promise<Masking | null> {
  if (masks.length === 0) return NONE;
  const [now] = await session.ask(z.object({ current: z.string().nullable() }), "select database() as current");
  const current = now?.current ?? null;
  const known = new Map<string, ShownRelation>();
  const body = z.object({ body: z.string().nullable() });

  const shown = async (schema: string, name: string, outside: readonly string[]): Promise<ShownRelation> => {
    const key = keyOf(schema, name);
    const before = known.get(key);
    if (before !== undefined) return before;
    const columns = await session.ask(column, COLUMNS, [schema, name]);
    const masked = listed(masks, schema, name, columns);
    if (columns.some(({ view }) => view === 1))
      for (const each of await outputsOf(schema, name, columns, [...outside, key])) masked.add(each);
    // The name that every table's key has beside its own.
    if (masked.size > 0) masked.add("_rowid");
    const relation = { columns: new Set(columns.map((each) => foldedName(each.name))), masked };
    known.set(key, relation);
    return relation;
  };

  const outputsOf = async (
    schema: string,
    name: string,
    columns: readonly z.infer<typeof column>[],
    outside: readonly string[],
  ): Promise<readonly string[]> => {
    // Each at its own place: columns that the login may not read are not among them.
    const all = Array.from({ length: Math.max(0, ...columns.map(({ position }) => position)) }, () => "");
    for (const each of columns) all[each.position - 1] = foldedName(each.name);
    const [view] = await session.ask(
      body,
      "select view_definition as body from information_schema.views where table_schema = ? and table_name = ?",
      [schema, name],
    );
    // Fail closed: a view that is not looked through shows nothing.
    const sql = view?.body ?? "";
    if (sql === "" || outside.length > LIMITS.viewDepth) return all;
    const answer = await parser.classify(sql);
    const parsed = await parser.parse(sql);
    if (answer.kind !== "classified" || parsed.kind !== "tree") return all;
    return maskedOutputs(parsed.tree, await finder(answer.classified.relations, schema, outside), all);
  };

  const finder = async (
    relations: readonly Relation[],
    home: string | null,
    outside: readonly string[],
  ): Promise<FindRelation> => {
    const found = new Map<string, ShownRelation>();
    for (const { schema, name } of relations) {
      const of = schema ?? home;
      if (of === null || outside.includes(keyOf(of, name))) continue;
      found.set(keyOf(schema ?? "", name), await shown(of, name, outside));
    }
    return (schema, name) => found.get(keyOf(schema ?? "", name)) ?? null;
  };

  const find = await finder(statement.relations, current, []);
  const hidden = [...known.values()].some(({ masked }) => masked.size > 0);
  if (!hidden) return NONE;
  const parsed = await parser.parse(statement.sql);
  if (parsed.kind === "lost") return null;
  if (parsed.kind === "unread") return { flaws: [{ ...UNREAD, start: -1, end: -1 }], hides: () => true };
  const { offences, hides } = lineage(parsed.tree, find);
  return {
    flaws: [
      ...offences.map(({ offset }): Flaw => ({ rule: "column.masked", ...placed(statement.sql, offset) })),
      ...choices(statement.sql),
    ],
    hides: (position, { name, schema, orgTable, orgName }) =>
      hides(position, foldedName(name)) || known.get(keyOf(schema, orgTable))?.masked.has(foldedName(orgName)) === true,
  };
}

/** By the client's list, and what this table makes of those columns by itself. */
function listed(
  masks: readonly Mask[],
  schema: string,
  name: string,
  columns: readonly z.infer<typeof column>[],
): Set<string> {
  const masked = new Set(
    masks
      .filter((mask) => keyOf(mask.schema, mask.table) === keyOf(schema, name))
      .flatMap((mask) => (mask.column === null ? columns.map((each) => each.name) : [mask.column]))
      .map(foldedName),
  );
  for (let before = 0; before !== masked.size;) {
    before = masked.size;
    for (const { name: own, made, extra } of columns)
      if (/GENERATED|VIRTUAL|PERSISTENT/i.test(extra ?? "") && isMadeOf(made ?? "", masked))
        masked.add(foldedName(own));
  }
  return masked;
}

/** Fail closed: what cannot be read is made of all. */
function isMadeOf(expression: string, masked: ReadonlySet<string>): boolean {
  const { tokens, flaws } = lex(expression);
  return tokens.length === 0 || flaws.length > 0 || tokens.some(({ name }) => masked.has(foldedName(name)));
}

/** The order of an index, and what lies in which partition, tell of the columns that they are made of. */
function choices(sql: string): readonly Flaw[] {
  const { tokens } = lex(sql);
  return tokens.flatMap(({ kind, value, start, end }, i): readonly Flaw[] => {
    const next = tokens[i + 1]?.value ?? "";
    const hint = ["USE", "FORCE", "IGNORE"].includes(value) && (next === "INDEX" || next === "KEY");
    if (kind !== "word" || !(hint || (value === "PARTITION" && next === "("))) return [];
    const says = "The client hides columns here: which index or partition is read would tell of them.";
    return [{ rule: "column.masked", start, end, says, instead: "Leave it to the server." }];
  });
}

/** A name with what it is qualified by, from where it begins. */
function placed(sql: string, offset: number): { readonly start: number; readonly end: number } {
  const { tokens } = lex(sql);
  let at = offset < 0 ? -1 : tokens.findIndex(({ start }) => start === offset);
  const start = tokens[at]?.start ?? -1;
  while (at >= 0 && tokens[at + 1]?.value === "." && tokens[at + 2] !== undefined) at += 2;
  return { start, end: tokens[at]?.end ?? -1 };
}
