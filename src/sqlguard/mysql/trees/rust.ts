// What a read is made of in the tree of sqlparser-rs (Apache-2.0), of the spelling of ../respell/.

import {
  either,
  empty,
  fields,
  flag,
  isFields,
  later,
  list,
  maybe,
  nothing,
  number,
  text,
  word,
  type Shape,
} from "./shape.ts";

const place = fields({ line: number, column: number });
const span = fields({ start: place, end: place });
const token: Shape = fields({
  token: either(text, fields({ Word: fields({ value: text, keyword: text, quote_style: maybe(text) }) })),
  span,
});
const ident = fields({ value: text, quote_style: maybe(word("`")), span });

/** One of the tags, with what it holds; or one that holds nothing. */
const one =
  (tags: Readonly<Record<string, Shape>>, bare = ""): Shape =>
  (value, seen) => {
    if (typeof value === "string") return bare.split("|").includes(value);
    if (!isFields(value)) return false;
    const entries = Object.entries(value);
    const [entry] = entries;
    return entry !== undefined && entries.length === 1 && (tags[entry[0]]?.(entry[1], seen) ?? false);
  };

const expr: Shape = later(() => expression);
const query: Shape = later(() => wholeQuery);
const select: Shape = later(() => selected);
const parts = list(one({ Identifier: ident }));

const valueOf = (part: unknown): string => {
  const inner = isFields(part) && isFields(part["Identifier"]) ? part["Identifier"] : part;
  return isFields(inner) && typeof inner["value"] === "string" ? inner["value"] : "?";
};
const partsOf = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(valueOf) : []);

const direction = fields({ asc: maybe(flag), nulls_first: nothing });
const ordered = list(fields({ expr, options: direction, with_fill: nothing }));
const literal = fields({
  value: one({ Number: (value) => Array.isArray(value), SingleQuotedString: text, Boolean: flag }, "Null"),
  span,
});
const windowSpec = fields({
  window_name: maybe(ident),
  partition_by: list(expr),
  order_by: ordered,
  window_frame: nothing,
});
const window = one({ WindowSpec: windowSpec, NamedWindow: ident });

const argument = one({ Unnamed: one({ Expr: expr }, "Wildcard") });
const called = fields(
  {
    name: parts,
    uses_odbc_syntax: (value) => value === false,
    parameters: word("None"),
    args: one(
      {
        List: fields({
          duplicate_treatment: maybe(word("Distinct")),
          args: list(argument),
          clauses: list(one({ OrderBy: ordered, Separator: literal })),
        }),
      },
      "None",
    ),
    over: maybe(window),
    within_group: empty,
    filter: nothing,
    null_treatment: nothing,
  },
  ({ name }, seen) => {
    seen.functions.push(partsOf(name).join("."));
  },
);

const BINARY = "Plus|Minus|Multiply|Divide|Modulo|Eq|NotEq|Lt|Gt|LtEq|GtEq|And|Or";
const pair = fields({ left: expr, op: word(BINARY), right: expr });
const quantified = fields({ left: expr, compare_op: word(BINARY), right: expr, is_some: flag });
const like = fields({ negated: flag, any: (value) => value === false, expr, pattern: expr, escape_char: nothing });

const expression: Shape = one({
  Identifier: ident,
  CompoundIdentifier: list(ident),
  Value: literal,
  BinaryOp: pair,
  AnyOp: quantified,
  AllOp: quantified,
  UnaryOp: fields({ op: word("Minus|Plus|Not"), expr }),
  Nested: expr,
  Tuple: list(expr),
  Subquery: query,
  Exists: fields({ subquery: query, negated: flag }),
  InList: fields({ expr, list: list(expr), negated: flag }),
  InSubquery: fields({ expr, subquery: query, negated: flag }),
  Between: fields({ expr, negated: flag, low: expr, high: expr }),
  Like: like,
  IsNull: expr,
  IsNotNull: expr,
  IsTrue: expr,
  IsNotTrue: expr,
  IsFalse: expr,
  IsNotFalse: expr,
  Function: called,
  Case: fields({
    case_token: token,
    end_token: token,
    operand: maybe(expr),
    conditions: list(fields({ condition: expr, result: expr })),
    else_result: maybe(expr),
  }),
});

const alias = fields({
  explicit: flag,
  name: ident,
  columns: list(fields({ name: ident, data_type: nothing })),
  at: nothing,
});
const relation: Shape = one({
  Table: fields(
    {
      name: parts,
      alias: maybe(alias),
      with_hints: empty,
      with_ordinality: (value) => value === false,
      partitions: empty,
      index_hints: empty,
      args: nothing,
      version: nothing,
      json_path: nothing,
      sample: nothing,
    },
    ({ name }, seen) => {
      const names = partsOf(name);
      if (names.at(-1) === "DUAL" && names.length === 1) return;
      seen.relations.push({
        schema: names.length > 1 ? names.slice(0, -1).join(".") : null,
        name: names.at(-1) ?? "?",
      });
    },
  ),
  Derived: fields({ lateral: flag, subquery: query, alias: maybe(alias), sample: nothing }),
  NestedJoin: fields({ table_with_joins: later(() => joined), alias: maybe(alias) }),
});
const constraint = one({ On: expr, Using: list(parts) }, "None");
const joined: Shape = fields({
  relation,
  joins: list(
    fields({
      relation,
      global: (value) => value === false,
      join_operator: one({
        Join: constraint,
        Inner: constraint,
        Left: constraint,
        LeftOuter: constraint,
        Right: constraint,
        RightOuter: constraint,
        CrossJoin: constraint,
      }),
    }),
  ),
});

const wildcard = fields({
  wildcard_token: token,
  opt_ilike: nothing,
  opt_exclude: nothing,
  opt_except: nothing,
  opt_replace: nothing,
  opt_rename: nothing,
  opt_alias: nothing,
});

const selected: Shape = fields({
  select_token: token,
  optimizer_hints: empty,
  distinct: maybe(word("Distinct")),
  top: nothing,
  top_before_distinct: (value) => value === false,
  projection: list(
    one({
      UnnamedExpr: expr,
      ExprWithAlias: fields({ expr, alias: ident }),
      Wildcard: wildcard,
      QualifiedWildcard: (value, seen) =>
        Array.isArray(value) &&
        value.length === 2 &&
        one({ ObjectName: parts })(value[0], seen) &&
        wildcard(value[1], seen),
    }),
  ),
  from: list(joined),
  lateral_views: empty,
  selection: maybe(expr),
  connect_by: empty,
  group_by: one({
    Expressions: (value, seen) =>
      Array.isArray(value) && value.length === 2 && list(expr)(value[0], seen) && empty(value[1], seen),
  }),
  cluster_by: empty,
  distribute_by: empty,
  sort_by: empty,
  having: maybe(expr),
  named_window: list(
    (value, seen) => Array.isArray(value) && value.length === 2 && ident(value[0], seen) && window(value[1], seen),
  ),
  window_before_qualify: flag,
  flavor: word("Standard"),
  exclude: nothing,
  into: nothing,
  prewhere: nothing,
  qualify: nothing,
  value_table_mode: nothing,
  select_modifiers: nothing,
});

const body: Shape = one({
  Select: select,
  Query: query,
  SetOperation: fields({
    left: later(() => body),
    op: word("Union|Except|Intersect"),
    set_quantifier: word("None|All|Distinct"),
    right: later(() => body),
  }),
});

const wholeQuery: Shape = fields({
  with: maybe(
    fields({
      with_token: token,
      recursive: flag,
      cte_tables: list(fields({ alias, query, from: nothing, materialized: nothing, closing_paren_token: token })),
    }),
  ),
  body,
  order_by: maybe(fields({ kind: one({ Expressions: ordered }), interpolate: nothing })),
  limit_clause: maybe(
    one({
      LimitOffset: fields({
        limit: maybe(expr),
        offset: maybe(fields({ value: expr, rows: word("None") })),
        limit_by: empty,
      }),
      OffsetCommaLimit: fields({ offset: expr, limit: expr }),
    }),
  ),
  fetch: nothing,
  locks: empty,
  for_clause: nothing,
  settings: nothing,
  format_clause: nothing,
  pipe_operators: empty,
});

/** One statement, and that one a query. */
export const rustTree: Shape = (value, seen) =>
  Array.isArray(value) && value.length === 1 && one({ Query: query })(value[0], seen);
