// From a text to what is known about it. Two parsers have to read the respelled tokens alike, each tree has to be what the shapes say a
// read is made of, and between them no token may be lost.

import { placeOf } from "../place.ts";
import type { Refusal, Rule } from "../refusal.ts";
import { RULES } from "../rules.ts";
import type { StatementKind } from "../statement.ts";
import { systemRelation } from "./relations.ts";
import { lex, type Flaw, type Token } from "./lexer.ts";
import { MARKS, respell, type Respelled } from "./respell/index.ts";
import { show } from "./show.ts";
import { pegTree } from "./trees/peg.ts";
import { rustTree } from "./trees/rust.ts";
import { nobody, type Seen, type Shape } from "./trees/shape.ts";
import type { Dialect } from "./versions.ts";

/** A relation that the statement names. */
export interface Relation {
  readonly schema: string | null;
  readonly name: string;
  /** It may be a query of WITH instead. */
  readonly maybeCte: boolean;
  /** UTF-16 offsets into the text. */
  readonly start: number;
  readonly end: number;
}

export interface Classified {
  /** Null when it is refused. */
  readonly kind: StatementKind | null;
  readonly refusals: readonly Refusal[];
  readonly relations: readonly Relation[];
  /** The same for statements that differ in constants, layout and letters; null when the text was not even cut into tokens. */
  readonly shape: string | null;
}

export type Parsed =
  | { readonly kind: "tree"; readonly tree: unknown }
  /** A parser's word on a text that it cannot read: where, in UTF-16 units. */
  | { readonly kind: "syntax"; readonly at: number }
  /** It is nested more deeply than the parser looks. */
  | { readonly kind: "deep" };

export interface Parsers {
  readonly peg: (text: string) => Parsed;
  readonly rust: (text: string) => Parsed;
}

const EXPLAINS = new Set(["EXPLAIN", "DESCRIBE", "DESC"]);
const READS = new Set(["SELECT", "WITH", "("]);

export function classify(text: string, dialect: Dialect, parsers: Parsers): Classified {
  const { tokens, flaws } = lex(text);
  const refuse = (all: readonly Flaw[], shape: string | null = null): Classified => ({
    kind: null,
    refusals: refusalsOf(text, all),
    relations: [],
    shape,
  });
  if (flaws.length > 0) return refuse(flaws);
  const [first] = tokens;
  if (first === undefined)
    return { ...refuse([]), refusals: [refusal(text, { rule: "text.empty", start: -1, end: -1 })] };
  const shape = tokens.map(shapeOf).join(" ");
  const stop = tokens.findIndex(({ kind, value }) => kind === "operator" && value === ";");
  const second = tokens[stop + 1];
  if (stop === 0) return refuse([over("syntax", first, first)], shape);
  if (stop > 0 && second !== undefined) return refuse([over("statement.several", second, second)], shape);
  const statement = stop < 0 ? tokens : tokens.slice(0, stop);
  const { kind, from, flaw } = headOf(statement);
  if (flaw !== null) return refuse([flaw], shape);
  if (kind === "show") {
    const described = show(statement);
    if (described === null) return refuse([over("statement.kind", first, first, SHOW_INSTEAD)], shape);
    return decided(
      text,
      kind,
      shape,
      described.map((each) => ({ ...each, maybeCte: false, ...placed(tokens, each.token) })),
    );
  }
  const inner = statement.slice(from);
  const spelled = respell(inner, dialect);
  if (spelled.flaws.length > 0) return refuse(spelled.flaws, shape);
  const read = readBoth(spelled, inner, parsers);
  if (read.kind === "flaw") return refuse([read.flaw], shape);
  const ctes = new Set(spelled.ctes.map((name) => name.toLowerCase()));
  const relations = read.relations.map((each): Relation => {
    const at = indexOfMark(each.name);
    const name = inner[at]?.name ?? "";
    const schema = each.schema === null ? null : (inner[indexOfMark(each.schema)]?.name ?? "");
    return {
      schema,
      name,
      maybeCte: schema === null && ctes.has(name.toLowerCase()),
      ...placed(inner, schema === null || each.schema === null ? at : indexOfMark(each.schema), at),
    };
  });
  return decided(text, kind, shape, relations);
}

function decided(text: string, kind: StatementKind, shape: string, relations: readonly Relation[]): Classified {
  const flaws = relations.flatMap(({ schema, name, start, end }): readonly Flaw[] =>
    schema !== null && systemRelation(schema, name) === "refused"
      ? [{ rule: "relation.secret", start, end, instead: SYSTEM_INSTEAD }]
      : [],
  );
  if (flaws.length > 0) return { kind: null, refusals: refusalsOf(text, flaws), relations: [], shape };
  return { kind, refusals: [], relations, shape };
}

const SHOW_INSTEAD =
  "SHOW TABLES, COLUMNS, INDEX, STATUS, DATABASES and ENGINES can be shown; a variable by SELECT @@name.";
const SYSTEM_INSTEAD =
  "information_schema's tables, columns, statistics, views and statuses can be read, and the client's own tables.";

/** What kind of statement the first words make it, and where the query begins. */
export function headOf(tokens: readonly Token[]): {
  readonly kind: StatementKind;
  readonly from: number;
  readonly flaw: Flaw | null;
} {
  const word = (at: number): string =>
    tokens[at]?.kind === "word" || tokens[at]?.kind === "operator" ? (tokens[at]?.value ?? "") : "";
  const no = (rule: Rule, at: number, instead?: string): { kind: StatementKind; from: number; flaw: Flaw | null } => {
    const token = tokens[at] ?? tokens[0];
    return { kind: "select", from: 0, flaw: token === undefined ? null : over(rule, token, token, instead) };
  };
  if (READS.has(word(0))) return { kind: "select", from: 0, flaw: null };
  if (word(0) === "SHOW") return { kind: "show", from: 0, flaw: null };
  if (!EXPLAINS.has(word(0)))
    return no(
      "statement.kind",
      0,
      word(0) === "VALUES" || word(0) === "TABLE" ? "Write it as SELECT … FROM." : undefined,
    );
  if (word(1) === "ANALYZE") return no("explain.option", 1, "EXPLAIN without ANALYZE.");
  const from =
    word(1) === "EXTENDED" || word(1) === "PARTITIONS"
      ? 2
      : word(1) === "FORMAT" && word(2) === "=" && ["JSON", "TRADITIONAL", "TREE"].includes(word(3))
        ? 4
        : 1;
  if (READS.has(word(from))) return { kind: "explain", from, flaw: null };
  if (WRITES.has(word(from)) || word(from) === "FOR") return no("statement.kind", from);
  return { kind: "show", from: 0, flaw: null };
}

const WRITES = new Set(["INSERT", "UPDATE", "DELETE", "REPLACE"]);

type Read =
  | { readonly kind: "flaw"; readonly flaw: Flaw }
  | { readonly kind: "read"; readonly relations: Seen["relations"] };

/** INVARIANT: both parsers took it, both trees are reads, they say the same, and everything in the text is in each of them. */
function readBoth(spelled: Respelled, tokens: readonly Token[], parsers: Parsers): Read {
  const trees: Seen[] = [];
  for (const [parse, shape] of [
    [parsers.rust, rustTree],
    [parsers.peg, pegTree],
  ] as const) {
    const parsed = parse(spelled.text);
    if (parsed.kind === "deep") return { kind: "flaw", flaw: whole("budget", tokens) };
    if (parsed.kind === "syntax") return notRead(tokens[tokenAt(spelled, parsed.at)] ?? tokens.at(-1));
    const seen = look(parsed.tree, shape);
    if ("flaw" in seen) return { kind: "flaw", flaw: stuckAt(seen.flaw, tokens) };
    const lost = lostMark(spelled, parsed.tree);
    if (lost !== null) return { kind: "flaw", flaw: disagreement(tokens[lost]) };
    trees.push(seen.seen);
  }
  const [one, other] = trees;
  if (one === undefined || other === undefined) return { kind: "flaw", flaw: disagreement(tokens[0]) };
  const relations = (seen: Seen): string =>
    JSON.stringify(seen.relations.map(({ schema, name }) => `${schema ?? ""}.${name}`).toSorted());
  const functions = (names: readonly string[]): string => JSON.stringify(names.toSorted());
  const alike =
    relations(one) === relations(other) &&
    functions(one.functions) === functions(other.functions) &&
    functions(one.functions) === functions(spelled.functions) &&
    one.relations.every(({ schema, name }) => isMark(name) && (schema === null || isMark(schema)));
  return alike ? { kind: "read", relations: one.relations } : { kind: "flaw", flaw: disagreement(tokens[0]) };
}

function look(tree: unknown, shape: Shape): { readonly seen: Seen } | { readonly flaw: Seen["stuck"] } {
  const seen = nobody();
  return shape(tree, seen) ? { seen } : { flaw: seen.stuck ?? { field: "statement", value: null } };
}

/** The first mark that the tree does not hold. */
function lostMark({ marks, functions }: Respelled, tree: unknown): number | null {
  const held = new Set(JSON.stringify(tree).match(/z[isf]\d+z|\b1\d{9}\b|\bCOUNT\b|\bGROUP_CONCAT\b/g));
  const lost = [...marks, ...functions].find((mark) => !held.has(mark));
  return lost === undefined ? null : Math.max(0, indexOfMark(lost));
}

const isMark = (name: string): boolean => /^zi\d+z$/.test(name);

function indexOfMark(mark: string): number {
  const inside = /^z[isf](\d+)z$/.exec(mark)?.[1];
  return inside === undefined ? Number(mark) - MARKS.number || 0 : Number(inside);
}

function tokenAt({ origins }: Respelled, offset: number): number {
  return origins.findLast(({ at }) => at <= offset)?.token ?? 0;
}

const notRead = (token: Token | undefined): Read => ({
  kind: "flaw",
  flaw: {
    rule: "syntax",
    start: token?.start ?? -1,
    end: token?.end ?? -1,
    says: "The guard's two parsers do not both read this.",
    instead: "Write it more plainly: SELECT, WITH, JOIN, subqueries, GROUP BY, window functions.",
  },
});

const whole = (rule: Rule, tokens: readonly Token[]): Flaw => ({
  rule,
  start: tokens[0]?.start ?? -1,
  end: tokens.at(-1)?.end ?? -1,
});

const disagreement = (token: Token | undefined): Flaw => ({
  rule: "parsers.disagree",
  start: token?.start ?? -1,
  end: token?.end ?? -1,
});

function stuckAt(stuck: Seen["stuck"], tokens: readonly Token[]): Flaw {
  const mark = /z[isf]\d+z/.exec(JSON.stringify(stuck?.value ?? null))?.[0];
  const token = tokens[mark === undefined ? 0 : indexOfMark(mark)];
  return { rule: "node.unknown", start: token?.start ?? -1, end: token?.end ?? -1 };
}

function shapeOf({ kind, value, name }: Token): string {
  switch (kind) {
    case "string":
    case "number":
      return "?";
    case "name":
      return `\`${name}\``;
    case "variable":
      return `@@${value}`;
    case "word":
    case "operator":
      return value;
  }
}

const placed = (
  tokens: readonly Token[],
  from: number,
  to = from,
): { readonly start: number; readonly end: number } => ({
  start: tokens[from]?.start ?? -1,
  end: tokens[to]?.end ?? -1,
});

const over = (rule: Rule, from: Token, to: Token, instead?: string): Flaw => ({
  rule,
  start: from.start,
  end: to.end,
  ...(instead === undefined ? {} : { instead }),
});

export const refusalsOf = (text: string, flaws: readonly Offence[]): readonly Refusal[] =>
  flaws.toSorted((a, b) => a.start - b.start).map((flaw) => refusal(text, flaw));

/** A flaw whose text may be another than what stands at its place: what is inside of a view. */
type Offence = Flaw & { readonly text?: string };

function refusal(text: string, { rule, start, end, says, instead, text: named }: Offence): Refusal {
  const general = RULES[rule];
  return {
    rule,
    at: start < 0 ? null : placeOf(text, start, end),
    text: named ?? (start < 0 ? "" : text.slice(start, Math.min(end, start + 80))),
    says: says ?? general.says,
    instead: instead ?? general.instead,
  };
}
