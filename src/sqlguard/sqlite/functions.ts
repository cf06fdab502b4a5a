// The functions of SQLite that an agent may call: reviewed data. test/sqlguard/sqlite/lists.test.ts compares them with the engine.

import type { Rule } from "../refusal.ts";

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

export const FUNCTIONS: ReadonlySet<string> = new Set(
  words(`
  -> ->> abs acos acosh asin asinh atan atan2 atanh avg bm25 ceil ceiling char coalesce concat concat_ws cos cosh count cume_dist current_date
  current_time current_timestamp date datetime degrees dense_rank exp first_value floor format geopoly_area geopoly_bbox geopoly_blob geopoly_ccw
  geopoly_contains_point geopoly_group_bbox geopoly_json geopoly_overlap geopoly_regular geopoly_svg geopoly_within geopoly_xform glob group_concat
  hex highlight if ifnull iif instr json json_array json_array_insert json_array_length json_error_position json_extract json_group_array
  json_group_object json_insert json_object json_patch json_pretty json_quote json_remove json_replace json_set json_type json_valid jsonb
  jsonb_array jsonb_array_insert jsonb_extract jsonb_group_array jsonb_group_object jsonb_insert jsonb_object jsonb_patch jsonb_remove
  jsonb_replace jsonb_set julianday lag last_value lead length like likelihood likely ln log log10 log2 lower ltrim match matchinfo max median min
  mod nth_value ntile nullif octet_length offsets percent_rank percentile percentile_cont percentile_disc pi pow power printf quote radians random
  rank replace round row_number rtrim sign sin sinh snippet sqlite_source_id sqlite_version sqrt strftime string_agg substr substring subtype sum
  tan tanh time timediff total trim trunc typeof unhex unicode unistr unistr_quote unixepoch unlikely upper zeroblob
`),
);

interface Reason {
  readonly rule: Rule;
  readonly says: string;
}

/** Known by name, so that the refusal can say why. */
const FORBIDDEN: ReadonlyMap<string, Reason> = new Map([
  ["load_extension", { rule: "function.effect", says: "loads a library into the process" }],
  ["fts3_tokenizer", { rule: "function.effect", says: "hands out and takes addresses of the process" }],
  ["sqlite_log", { rule: "function.effect", says: "writes to the process's log" }],
  ["optimize", { rule: "function.effect", says: "rewrites a full-text index" }],
  ["randomblob", { rule: "size", says: "makes a value of any size out of nothing" }],
]);

export const forbidden = (name: string): Reason | undefined => FORBIDDEN.get(name);
