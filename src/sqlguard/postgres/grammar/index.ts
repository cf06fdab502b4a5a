import type { Major } from "../majors.ts";
import { jsonShapes16, jsonShapes17, JSON_16, JSON_17 } from "./json.ts";
import { flag, grammar, number, type Grammar, type Shapes } from "./kinds.ts";
import { EXPRESSIONS, FROM, selectShapes } from "./select.ts";

export type { Grammar, Kind, Shape } from "./kinds.ts";

/** XMLSERIALIZE(... INDENT). */
const plus16 = (base: Shapes): Shapes => ({
  XmlExpr: { ...base["XmlExpr"], indent: flag },
  XmlSerialize: { ...base["XmlSerialize"], indent: flag },
});

/** 18 keeps where lists begin and end. */
const plus18 = (base: Shapes): Shapes => ({
  A_Expr: { ...base["A_Expr"], rexpr_list_start: number, rexpr_list_end: number },
  A_ArrayExpr: { ...base["A_ArrayExpr"], list_start: number, list_end: number },
});

const base15 = selectShapes(EXPRESSIONS, FROM);
const with16 = `${EXPRESSIONS} ${JSON_16}`;
const base16 = selectShapes(with16, FROM);
const with17 = `${with16} ${JSON_17}`;
const base17 = selectShapes(with17, `${FROM} JsonTable`);
const shapes17: readonly Shapes[] = [base17, plus16(base17), jsonShapes16(with17), jsonShapes17(with17)];

const GRAMMARS: Readonly<Record<Major, Grammar>> = {
  15: grammar(base15),
  16: grammar(base16, plus16(base16), jsonShapes16(with16)),
  17: grammar(...shapes17),
  18: grammar(...shapes17, plus18(base17)),
};

/** What a read may be made of in this version's trees. */
export const grammarOf = (major: Major): Grammar => GRAMMARS[major];
