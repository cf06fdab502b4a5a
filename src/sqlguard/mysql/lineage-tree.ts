// A statement of MySQL or MariaDB as PostgreSQL's parser would write its tree, with the statement's own names in it: so one reading of where
// masked values go (postgres/lineage.ts) serves both. Only for texts that classify() let through.

import { integerOf, isFields, items, text, type Fields } from "../postgres/tree.ts";
import { headOf, type Parsers } from "./classify.ts";
import { lex, type Token } from "./lexer.ts";
import { foldedName } from "./names.ts";
import { MARKS, respell } from "./respell/index.ts";
import type { Dialect } from "./versions.ts";

/** Null: a name in it cannot be read here, so nobody knows where its values go. */
export function lineageTree(sql: string, dialect: Dialect, parsers: Parsers): unknown {
  const { tokens } = lex(sql);
  const stop = tokens.findIndex(({ kind, value }) => kind === "operator" && value === ";");
  const statement = stop < 0 ? tokens : tokens.slice(0, stop);
  const { kind, from } = headOf(statement);
  if (kind === "show") return { stmts: [] };
  const inner = statement.slice(from);
  const parsed = parsers.rust(respell(inner, dialect).text);
  const [root] = parsed.kind === "tree" ? items(parsed.tree) : [];
  if (!isFields(root) || !isFields(root["Query"])) return null;
  const tree = new Tree(inner);
  const query = { SelectStmt: tree.query(root["Query"]) };
  if (tree.lost) return null;
  return { stmts: [{ stmt: kind === "explain" ? { ExplainStmt: { query } } : query }] };
}

/** As many as a table may have. */
const COLUMNS = 4_096;
const ANY_POSITION: Fields = {
  RowExpr: { args: Array.from({ length: COLUMNS }, (_, i) => ({ A_Const: { ival: { ival: i + 1 } } })) },
};
const NATURAL_JOINS: ReadonlySet<string> = new Set(["JOIN", "LEFT", "RIGHT", "INNER"]);
const string = (sval: string): Fields => ({ String: { sval } });

class Tree {
  lost = false;
  readonly #tokens: readonly Token[];
  /** The spelling leaves NATURAL out: where one is, each join may be it. */
  readonly #natural: boolean;
  #windows = "";

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
    this.#natural = tokens.some(
      ({ kind, value }, i) => kind === "word" && value === "NATURAL" && NATURAL_JOINS.has(tokens[i + 1]?.value ?? ""),
    );
  }

  query(query: Fields): Fields {
    const body = this.#body(query["body"]);
    const sorted = isFields(query["order_by"]) ? query["order_by"]["kind"] : undefined;
    const sortClause = isFields(sorted)
      ? items(sorted["Expressions"]).map((each) => this.#ordered(isFields(each) ? each["expr"] : each))
      : [];
    const ctes = isFields(query["with"]) ? items(query["with"]["cte_tables"]).map((cte) => this.#cte(cte)) : [];
    const before = isFields(body["withClause"]) ? items(body["withClause"]["ctes"]) : [];
    return {
      ...body,
      // Of parentheses inside of one another, each may have its own.
      sortClause: [...items(body["sortClause"]), ...sortClause],
      withClause: { ctes: [...before, ...ctes] },
    };
  }

  #body(body: unknown): Fields {
    if (!isFields(body)) return this.#unread();
    if (isFields(body["Query"])) return this.query(body["Query"]);
    if (isFields(body["Select"])) return this.#select(body["Select"]);
    const set = body["SetOperation"];
    if (!isFields(set)) return this.#unread();
    return {
      op: `SETOP_${text(set["op"]).toUpperCase()}`,
      all: set["set_quantifier"] === "All",
      larg: this.#body(set["left"]),
      rarg: this.#body(set["right"]),
    };
  }

  #select(select: Fields): Fields {
    const outer = this.#windows;
    // A window that begins with another one is spelled without it: then what it sorts by is not known.
    this.#windows = items(select["named_window"]).length > 0 ? "named" : "";
    const [groups] = isFields(select["group_by"]) ? items(select["group_by"]["Expressions"]) : [];
    const read = {
      targetList: items(select["projection"]).map((each) => this.#target(each)),
      fromClause: items(select["from"]).map((each) => this.#joined(each)),
      ...(select["distinct"] === undefined || select["distinct"] === null ? {} : { distinctClause: [{}] }),
      whereClause: this.#expression(select["selection"]),
      groupClause: items(groups).map((each) => this.#ordered(each)),
      havingClause: this.#expression(select["having"]),
      windowClause: this.#expression(select["named_window"]),
    };
    this.#windows = outer;
    return read;
  }

  #target(target: unknown): Fields {
    if (!isFields(target)) return this.#unread();
    if (target["Wildcard"] !== undefined) return { ResTarget: { val: star([]) } };
    const [of] = items(target["QualifiedWildcard"]);
    if (isFields(of))
      return { ResTarget: { val: star(this.#parts(of["ObjectName"]).map(string), this.#start(of["ObjectName"])) } };
    const aliased = target["ExprWithAlias"];
    return isFields(aliased)
      ? { ResTarget: { name: this.#name(aliased["alias"]), val: this.#expression(aliased["expr"]) } }
      : { ResTarget: { val: this.#expression(target["UnnamedExpr"]) } };
  }

  #cte(cte: unknown): Fields {
    if (!isFields(cte) || !isFields(cte["query"])) return this.#unread();
    const { aliasname, colnames } = this.#alias(cte["alias"]);
    const ctequery = { SelectStmt: this.query(cte["query"]) };
    return { CommonTableExpr: { ctename: aliasname, aliascolnames: colnames, ctequery } };
  }

  #joined(from: unknown): Fields {
    if (!isFields(from)) return this.#unread();
    let left = this.#relation(from["relation"]);
    for (const join of items(from["joins"])) {
      if (!isFields(join)) return this.#unread();
      const [how] = isFields(join["join_operator"]) ? Object.values(join["join_operator"]) : [];
      const constraint = isFields(how) ? how : {};
      left = {
        JoinExpr: {
          isNatural: this.#natural,
          larg: left,
          rarg: this.#relation(join["relation"]),
          usingClause: items(constraint["Using"]).flatMap((each) => this.#parts(each).map(string)),
          quals: this.#expression(constraint["On"]),
        },
      };
    }
    return left;
  }

  #relation(relation: unknown): Fields {
    if (!isFields(relation)) return this.#unread();
    const { Table: table, Derived: derived, NestedJoin: nested } = relation;
    if (isFields(nested)) return this.#joined(nested["table_with_joins"]);
    if (isFields(derived) && isFields(derived["subquery"]))
      return {
        RangeSubselect: {
          subquery: { SelectStmt: this.query(derived["subquery"]) },
          ...this.#aliased(derived["alias"]),
        },
      };
    if (!isFields(table)) return this.#unread();
    const names = this.#parts(table["name"]);
    return {
      RangeVar: { relname: names.at(-1) ?? "", schemaname: names.at(-2) ?? "", ...this.#aliased(table["alias"]) },
    };
  }

  #alias(alias: unknown): { readonly aliasname: string; readonly colnames: readonly Fields[] } {
    if (!isFields(alias)) return { aliasname: "", colnames: [] };
    const columns = items(alias["columns"]).map((each) => (isFields(each) ? each["name"] : null));
    return { aliasname: this.#name(alias["name"]), colnames: columns.map((each) => string(this.#name(each))) };
  }

  #aliased(alias: unknown): Fields {
    return isFields(alias) ? { alias: this.#alias(alias) } : {};
  }

  /** What is no column, query or number keeps its parts: any of them may be one. */
  #expression(value: unknown): Fields {
    if (Array.isArray(value)) return parts(value.map((each) => this.#expression(each)));
    if (!isFields(value)) return parts([]);
    const [[tag, held] = ["", null], ...more] = Object.entries(value);
    if (more.length > 0) return parts(Object.values(value).map((each) => this.#expression(each)));
    switch (tag) {
      case "Identifier":
        return column([string(this.#name(held))], this.#start(held));
      case "CompoundIdentifier":
        return column(this.#parts(held).map(string), this.#start(held));
      case "Nested":
        return this.#expression(held);
      case "Value":
        return this.#constant(isFields(held) ? held["value"] : null);
      case "UnaryOp": {
        // ORDER BY +2 and ORDER BY - -2 are positions to these servers.
        const operand = this.#expression(isFields(held) ? held["expr"] : null);
        const signed = isFields(held) && (held["op"] === "Plus" || held["op"] === "Minus");
        return signed && integerOf(operand) !== null ? operand : parts([operand]);
      }
      case "Subquery":
        return isFields(held) ? subLink("EXPR_SUBLINK", this.query(held)) : this.#unread();
      case "Exists":
        return isFields(held) && isFields(held["subquery"])
          ? subLink("EXISTS_SUBLINK", this.query(held["subquery"]))
          : this.#unread();
      case "InSubquery":
        return isFields(held) && isFields(held["subquery"])
          ? subLink("ANY_SUBLINK", this.query(held["subquery"]), this.#expression(held["expr"]))
          : this.#unread();
      case "Function":
        return isFields(held) ? this.#call(held) : this.#unread();
      default:
        return parts([this.#expression(held)]);
    }
  }

  /** A constant that is no plain number may be a position, too, when the server is done with it: NOT FALSE is 1. Then it is any. */
  #ordered(value: unknown): Fields {
    const read = this.#expression(value);
    const open =
      integerOf(read) === null && isFields(read["Parts"]) && !/"(?:ColumnRef|SubLink)"/.test(JSON.stringify(read));
    return open ? ANY_POSITION : read;
  }

  #call({ args, over }: Fields): Fields {
    const window = isFields(over)
      ? { over: { name: isFields(over["NamedWindow"]) ? "named" : this.#windows, parts: this.#expression(over) } }
      : {};
    return { FuncCall: { args: this.#expression(args), ...window } };
  }

  #constant(value: unknown): Fields {
    const [mark] = isFields(value) ? items(value["Number"]) : [];
    const token = this.#tokens[Number(mark) - MARKS.number];
    const number = Number(token?.value ?? (isFields(value) ? value["Boolean"] : NaN));
    const location = token?.start ?? -1;
    return { A_Const: Number.isFinite(number) ? { ival: { ival: Math.trunc(number) }, location } : { sval: {} } };
  }

  #parts(value: unknown): readonly string[] {
    return items(value).map((each) => this.#name(each));
  }

  #token(ident: unknown): Token | undefined {
    const inner = isFields(ident) && isFields(ident["Identifier"]) ? ident["Identifier"] : ident;
    const mark = isFields(inner) ? /^z[isf](\d+)z$/.exec(text(inner["value"]))?.[1] : undefined;
    return mark === undefined ? undefined : this.#tokens[Number(mark)];
  }

  #start(ident: unknown): number {
    return this.#token(Array.isArray(ident) ? items(ident)[0] : ident)?.start ?? -1;
  }

  #name(ident: unknown): string {
    const token = this.#token(ident);
    if (token === undefined) {
      const inner = isFields(ident) && isFields(ident["Identifier"]) ? ident["Identifier"] : ident;
      // The one relation that the spelling writes as it is.
      if (isFields(inner) && inner["value"] === "DUAL") return "dual";
      this.lost = true;
      return "";
    }
    if (token.kind !== "string") return foldedName(token.name);
    // Escapes, strings one after another, a character set: what name that gives is the server's business.
    const plainly = /^(?<quote>['"])(?<name>[^'"\\]*)\k<quote>$/.exec(token.value)?.groups;
    if (plainly === undefined) this.lost = true;
    return foldedName(plainly?.["name"] ?? "");
  }

  #unread(): Fields {
    this.lost = true;
    return {};
  }
}

const parts = (all: readonly Fields[]): Fields => ({ Parts: { all } });
const column = (fields: readonly Fields[], location: number): Fields => ({ ColumnRef: { fields, location } });
const star = (of: readonly Fields[], location = -1): Fields => column([...of, { A_Star: {} }], location);
const subLink = (subLinkType: string, select: Fields, testexpr: Fields = parts([])): Fields => ({
  SubLink: { subLinkType, subselect: { SelectStmt: select }, testexpr },
});
