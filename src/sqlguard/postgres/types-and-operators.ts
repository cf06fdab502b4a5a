// Types and operators of pg_catalog, the same in every supported major: reviewed data, derived and compared like functions.ts.

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** Base types, ranges and multiranges. Their arrays are written with [] or by these names with an underscore. */
export const TYPES = words(`
  aclitem bit bool box bpchar bytea char cid cidr circle date datemultirange daterange float4 float8 gtsvector inet int2 int2vector int4
  int4multirange int4range int8 int8multirange int8range interval json jsonb jsonpath line lseg macaddr macaddr8 money name numeric nummultirange
  numrange oid oidvector path pg_brin_bloom_summary pg_brin_minmax_multi_summary pg_dependencies pg_lsn pg_mcv_list pg_ndistinct pg_node_tree
  pg_snapshot point polygon refcursor regclass regcollation regconfig regdictionary regnamespace regoper regoperator regproc regprocedure regrole
  regtype text tid time timestamp timestamptz timetz tsmultirange tsquery tsrange tstzmultirange tstzrange tsvector txid_snapshot uuid varbit
  varchar xid xid8 xml
`);

/** Pseudo-types that may stand in a cast. */
export const PSEUDO_TYPES = words("record");

/** Every overload of each is implemented by a function of functions.ts. */
export const OPERATORS = words(String.raw`
  !! !~ !~* !~~ !~~* # ## #- #> #>> % & && &< &<| &> * *< *<= *<> *= *> *>= + - -> ->> -|- / < <-> << <<= <<| <= <> <@ <^ = > >= >> >>= >^ ? ?# ?&
  ?- ?-| ?| ?|| @ @-@ @> @? @@ @@@ ^ ^@ | |&> |/ |>> || ||/ ~ ~* ~<=~ ~<~ ~= ~>=~ ~>~ ~~ ~~*
`);
