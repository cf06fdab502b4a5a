// SQL/JSON: the constructors of PostgreSQL 16, the query functions and JSON_TABLE of 17.

import { flag, node, nodes, number, part, text, word, type Shapes } from "./kinds.ts";

export const JSON_16 =
  "JsonObjectConstructor JsonArrayConstructor JsonArrayQueryConstructor JsonObjectAgg JsonArrayAgg JsonIsPredicate";
export const JSON_17 = "JsonParseExpr JsonScalarExpr JsonSerializeExpr JsonFuncExpr";

export function jsonShapes16(expressions: string): Shapes {
  const expr = node(expressions);
  return {
    JsonObjectConstructor: {
      exprs: nodes("JsonKeyValue"),
      output: part("JsonOutput"),
      absent_on_null: flag,
      unique: flag,
      location: number,
    },
    JsonArrayConstructor: {
      exprs: nodes("JsonValueExpr"),
      output: part("JsonOutput"),
      absent_on_null: flag,
      location: number,
    },
    JsonArrayQueryConstructor: {
      query: node("SelectStmt"),
      output: part("JsonOutput"),
      format: part("JsonFormat"),
      absent_on_null: flag,
      location: number,
    },
    JsonAggConstructor: {
      output: part("JsonOutput"),
      agg_filter: expr,
      agg_order: nodes("SortBy"),
      over: part("WindowDef"),
      location: number,
    },
    JsonObjectAgg: {
      constructor: part("JsonAggConstructor"),
      arg: part("JsonKeyValue"),
      absent_on_null: flag,
      unique: flag,
    },
    JsonArrayAgg: { constructor: part("JsonAggConstructor"), arg: part("JsonValueExpr"), absent_on_null: flag },
    JsonKeyValue: { key: expr, value: part("JsonValueExpr") },
    JsonValueExpr: { raw_expr: expr, format: part("JsonFormat") },
    JsonFormat: {
      format_type: word("JS_FORMAT_DEFAULT JS_FORMAT_JSON JS_FORMAT_JSONB"),
      encoding: word("JS_ENC_DEFAULT JS_ENC_UTF8 JS_ENC_UTF16 JS_ENC_UTF32"),
      location: number,
    },
    JsonOutput: { typeName: part("TypeName"), returning: part("JsonReturning") },
    JsonReturning: { format: part("JsonFormat"), typmod: number },
    JsonIsPredicate: {
      expr,
      format: part("JsonFormat"),
      item_type: word("JS_TYPE_ANY JS_TYPE_OBJECT JS_TYPE_ARRAY JS_TYPE_SCALAR"),
      unique_keys: flag,
      location: number,
    },
  };
}

export function jsonShapes17(expressions: string): Shapes {
  const expr = node(expressions);
  const quotes = word("JS_QUOTES_UNSPEC JS_QUOTES_KEEP JS_QUOTES_OMIT");
  const wrapper = word("JSW_UNSPEC JSW_NONE JSW_CONDITIONAL JSW_UNCONDITIONAL");
  return {
    JsonParseExpr: { expr: part("JsonValueExpr"), output: part("JsonOutput"), unique_keys: flag, location: number },
    JsonScalarExpr: { expr, output: part("JsonOutput"), location: number },
    JsonSerializeExpr: { expr: part("JsonValueExpr"), output: part("JsonOutput"), location: number },
    JsonFuncExpr: {
      op: word("JSON_EXISTS_OP JSON_QUERY_OP JSON_VALUE_OP"),
      context_item: part("JsonValueExpr"),
      pathspec: expr,
      passing: nodes("JsonArgument"),
      output: part("JsonOutput"),
      on_empty: part("JsonBehavior"),
      on_error: part("JsonBehavior"),
      wrapper,
      quotes,
      location: number,
    },
    JsonBehavior: {
      btype: word(`JSON_BEHAVIOR_NULL JSON_BEHAVIOR_ERROR JSON_BEHAVIOR_EMPTY JSON_BEHAVIOR_TRUE JSON_BEHAVIOR_FALSE
        JSON_BEHAVIOR_UNKNOWN JSON_BEHAVIOR_EMPTY_ARRAY JSON_BEHAVIOR_EMPTY_OBJECT JSON_BEHAVIOR_DEFAULT`),
      expr,
      location: number,
    },
    JsonArgument: { val: part("JsonValueExpr"), name: text },
    JsonTable: {
      context_item: part("JsonValueExpr"),
      pathspec: part("JsonTablePathSpec"),
      passing: nodes("JsonArgument"),
      columns: nodes("JsonTableColumn"),
      on_error: part("JsonBehavior"),
      alias: part("Alias"),
      lateral: flag,
      location: number,
    },
    JsonTableColumn: {
      coltype: word("JTC_FOR_ORDINALITY JTC_REGULAR JTC_EXISTS JTC_FORMATTED JTC_NESTED"),
      name: text,
      typeName: part("TypeName"),
      pathspec: part("JsonTablePathSpec"),
      format: part("JsonFormat"),
      wrapper,
      quotes,
      columns: nodes("JsonTableColumn"),
      on_empty: part("JsonBehavior"),
      on_error: part("JsonBehavior"),
      location: number,
    },
    JsonTablePathSpec: { string: node("A_Const"), name: text, name_location: number, location: number },
  };
}
