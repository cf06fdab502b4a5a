import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { MAJORS, type Major } from "#sqlguard";
import { check, createParser } from "#sqlguard/io";
import { grammarOf } from "../../src/sqlguard/postgres/grammar/index.ts";
import { INSIDE_A_READ, STATEMENTS } from "./cases/writes.ts";
import { DIAGNOSIS, FUNCTIONS, PLAIN } from "./cases/honest.ts";
import { unmark } from "./cases/marked.ts";

/** The tree's types as the makers of the parser publish them for each major: tag, then its fields. */
function published(major: Major): ReadonlyMap<string, ReadonlySet<string>> {
  const parser = createRequire(import.meta.url).resolve(`libpg-query-${major}`);
  const types = join(dirname(createRequire(parser).resolve("@pgsql/types")), "types.d.ts");
  const found = readFileSync(types, "utf8").matchAll(/export interface (\w+) \{([^}]*)\}/g);
  return new Map(
    [...found].map(([, tag, body]) => [
      tag ?? "",
      new Set([...(body ?? "").matchAll(/^\s*(\w+)\??:/gm)].map(([, field]) => field ?? "")),
    ]),
  );
}

/** Fields that the tables leave out on purpose: what writes or locks, and what only a planned tree has. */
const LEFT_OUT = new Set(
  `SelectStmt.intoClause SelectStmt.lockingClause DefElem.defnamespace
  CommonTableExpr.cterecursive CommonTableExpr.cterefcount CommonTableExpr.ctecolnames CommonTableExpr.ctecoltypes
  CommonTableExpr.ctecoltypmods CommonTableExpr.ctecolcollations
  CTECycleClause.cycle_mark_type CTECycleClause.cycle_mark_typmod CTECycleClause.cycle_mark_collation CTECycleClause.cycle_mark_neop
  ResTarget.indirection JoinExpr.rtindex TypeName.typeOid TypeName.setof TypeName.pct_type
  BoolExpr.xpr SubLink.xpr SubLink.subLinkId CaseExpr.xpr CaseExpr.casetype CaseExpr.casecollid CaseWhen.xpr
  RowExpr.xpr RowExpr.row_typeid RowExpr.colnames CoalesceExpr.xpr CoalesceExpr.coalescetype CoalesceExpr.coalescecollid
  MinMaxExpr.xpr MinMaxExpr.minmaxtype MinMaxExpr.minmaxcollid MinMaxExpr.inputcollid SQLValueFunction.xpr SQLValueFunction.type
  XmlExpr.xpr XmlExpr.arg_names XmlExpr.type XmlExpr.typmod NullTest.xpr NullTest.argisrow BooleanTest.xpr
  GroupingFunc.xpr GroupingFunc.refs GroupingFunc.cols GroupingFunc.agglevelsup NamedArgExpr.xpr
  ColumnDef.compression ColumnDef.inhcount ColumnDef.is_not_null ColumnDef.is_from_type ColumnDef.storage ColumnDef.storage_name
  ColumnDef.raw_default ColumnDef.cooked_default ColumnDef.identity ColumnDef.identitySequence ColumnDef.generated ColumnDef.collOid
  ColumnDef.constraints ColumnDef.fdwoptions
  JsonValueExpr.formatted_expr JsonReturning.typid JsonBehavior.coerce JsonFuncExpr.column_name`.split(/\s+/),
);

describe.each(MAJORS)("the tables of PostgreSQL %i are pinned", (major) => {
  const tree = published(major);
  const grammar = grammarOf(major);

  it("every tag and field of the tables is one of this major's tree", () => {
    const unknown = [...grammar].flatMap(([tag, shape]) =>
      [...shape.keys()].filter((field) => tree.get(tag)?.has(field) !== true).map((field) => `${tag}.${field}`),
    );
    expect(unknown).toEqual([]);
  });

  it("every other field of these tags is left out on purpose: a new one shows here", () => {
    const open = [...grammar].flatMap(([tag, shape]) =>
      [...(tree.get(tag) ?? [])].filter((field) => !shape.has(field)).map((field) => `${tag}.${field}`),
    );
    expect(open.filter((field) => !LEFT_OUT.has(field))).toEqual([]);
  });
});

/** What an older version's grammar or lists do not have yet, by sentence. */
const LATER: Readonly<Record<number, readonly string[]>> = {
  18: [],
  17: [],
  16: ["JSON queries in SQL's own words", "JSON_TABLE"],
  15: ["JSON in SQL's own words", "JSON queries in SQL's own words", "JSON_TABLE"],
};

describe.each(MAJORS)("G5: PostgreSQL %i by its own grammar", (major) => {
  const parser = createParser(major);
  afterAll(() => parser.close());

  it("what only reads is allowed, but for what this version does not have", async () => {
    const refused: string[] = [];
    for (const [sentence, sql] of [...PLAIN, ...FUNCTIONS, ...DIAGNOSIS])
      if ((await check(parser, sql)).verdict === "deny") refused.push(sentence);
    expect(refused).toEqual(LATER[major]);
  });

  it("what is no read is denied", async () => {
    const allowed: string[] = [];
    for (const [sentence, marked] of [...STATEMENTS, ...INSIDE_A_READ])
      if ((await check(parser, unmark(marked).sql)).verdict === "allow") allowed.push(sentence);
    expect(allowed).toEqual([]);
  });
});
