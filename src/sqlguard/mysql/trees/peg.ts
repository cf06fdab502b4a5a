// What a read is made of in the tree of node-sql-parser (Apache-2.0), of the spelling of ../respell/.

import {
  either,
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
  type Seen,
  type Shape,
} from "./shape.ts";

const expr: Shape = later(() => expression);
const query: Shape = later(() => select);

/** The text of a name. */
const nameOf = (value: unknown): string | null =>
  typeof value === "string" ? value : isFields(value) && typeof value["value"] === "string" ? value["value"] : null;

const quoted = fields({ type: word("backticks_quote_string|default|single_quote_string"), value: text });
const name = either(text, quoted);
const direction = word("ASC|DESC");
const ordered = list(fields({ expr, type: maybe(direction), nulls: nothing }));
const wrapped = fields({ tableList: list(text), columnList: list(text), ast: query, parentheses: flag });
const flags = { parentheses: flag };

const window = fields({
  name: maybe(name),
  partitionby: maybe(list(fields({ expr, as: nothing }))),
  orderby: maybe(ordered),
  window_frame_clause: nothing,
});
const specification = either(name, fields({ window_specification: window, parentheses: flag }));
const over = maybe(fields({ type: word("window"), as_window_specification: specification }));

const called = (value: Readonly<Record<string, unknown>>, seen: Seen): void => {
  const { name: written } = value;
  const parts = isFields(written) && Array.isArray(written["name"]) ? written["name"].map(nameOf) : [nameOf(written)];
  const name = parts.map((part) => part ?? "?").join(".");
  // To this parser these are functions of a query.
  if (name !== "EXISTS" && name !== "ANY") seen.functions.push(name);
};

const TAGS: Readonly<Record<string, Shape>> = {
  select: query,
  column_ref: fields({
    type: text,
    table: maybe(name),
    column: name,
    db: maybe(name),
    schema: maybe(name),
    collate: nothing,
    ...flags,
  }),
  number: fields({ type: text, value: either(number, text), ...flags }),
  bigint: fields({ type: text, value: text, ...flags }),
  single_quote_string: fields({ type: text, value: text, ...flags }),
  bool: fields({ type: text, value: flag, ...flags }),
  null: fields({ type: text, value: nothing, ...flags }),
  star: fields({ type: text, value: word("*"), ...flags }),
  binary_expr: fields({
    type: text,
    operator: word("+|-|*|/|%|=|<>|<|>|<=|>=|AND|OR|IN|NOT IN|LIKE|NOT LIKE|BETWEEN|NOT BETWEEN|IS|IS NOT"),
    left: expr,
    right: expr,
    escape: maybe(fields({ type: word("ESCAPE"), value: expr })),
    ...flags,
  }),
  unary_expr: fields({ type: text, operator: word("-|+|NOT|NOT EXISTS"), expr, ...flags }),
  expr_list: fields({ type: text, value: list(either(expr, wrapped)), separator: nothing, ...flags }),
  function: fields(
    {
      type: text,
      name: either(fields({ name: list(quoted) }), text),
      args: maybe(expr),
      over,
      ...flags,
    },
    called,
  ),
  aggr_func: fields(
    {
      type: text,
      name: word("COUNT|GROUP_CONCAT"),
      args: fields({
        distinct: maybe(word("DISTINCT")),
        expr: either(expr, list(expr)),
        orderby: maybe(ordered),
        separator: maybe(either(expr, fields({ keyword: text, value: expr }))),
        ...flags,
      }),
      over,
      ...flags,
    },
    called,
  ),
  case: fields({
    type: text,
    expr: maybe(expr),
    args: list(fields({ type: word("when|else"), cond: expr, result: expr })),
    ...flags,
  }),
};

const expression: Shape = (value, seen) => {
  if (!isFields(value)) return false;
  const { type } = value;
  if (typeof type === "string") return TAGS[type]?.(value, seen) ?? false;
  return wrapped(value, seen);
};

const table = fields(
  {
    db: maybe(text),
    table: text,
    as: maybe(text),
    join: word("INNER JOIN|LEFT JOIN|RIGHT JOIN|CROSS JOIN|JOIN"),
    on: maybe(expr),
    using: maybe(list(name)),
    ...flags,
  },
  ({ db, table: relation }, seen) => {
    if (typeof relation === "string")
      seen.relations.push({ schema: typeof db === "string" ? db : null, name: relation });
  },
);

const derived = fields({
  expr: either(
    wrapped,
    later(() => from),
  ),
  joins: later(() => from),
  as: maybe(text),
  parentheses: either(flag, fields({ length: number })),
  prefix: maybe(word("lateral|LATERAL")),
  join: word("INNER JOIN|LEFT JOIN|RIGHT JOIN|CROSS JOIN|JOIN"),
  on: maybe(expr),
  using: maybe(list(name)),
});

const item: Shape = (value, seen) => {
  if (!isFields(value)) return false;
  if ("expr" in value) return derived(value, seen);
  if (value["type"] === "dual") return fields({ type: word("dual") })(value, seen);
  return table(value, seen);
};

const from: Shape = list(item);

const select: Shape = fields({
  with: maybe(list(fields({ name: quoted, stmt: wrapped, columns: maybe(list(expr)), recursive: flag }))),
  type: word("select"),
  options: nothing,
  distinct: maybe(word("DISTINCT")),
  columns: list(fields({ expr: either(expr, wrapped), as: maybe(text) })),
  into: fields({ position: nothing }),
  from: maybe(either(from, fields({ parentheses: fields({ length: number }), expr: from, joins: from }))),
  where: maybe(expr),
  groupby: maybe(fields({ columns: list(expr), modifiers: list(nothing) })),
  having: maybe(expr),
  orderby: maybe(ordered),
  limit: maybe(fields({ seperator: word("|,|offset"), value: list(expr) })),
  locking_read: nothing,
  window: maybe(
    fields({
      keyword: word("window"),
      type: word("window"),
      expr: list(fields({ name: text, as_window_specification: specification })),
    }),
  ),
  collate: nothing,
  set_op: word("union|union all|union distinct|except|except all|intersect|intersect all"),
  _next: query,
  _orderby: maybe(ordered),
  _limit: maybe(fields({ seperator: word("|,|offset"), value: list(expr) })),
  parentheses_symbol: flag,
  _parentheses: flag,
  ...flags,
});

/** One statement, or a list of one. */
export const pegTree: Shape = (value, seen) =>
  Array.isArray(value) ? value.length === 1 && select(value[0], seen) : select(value, seen);
