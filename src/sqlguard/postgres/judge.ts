// What the names of a statement are, as far as PostgreSQL's own lists say. What they cannot say, the catalog decides.

import type { Offence, Rule } from "../refusal.ts";
import { forbidden } from "./exceptions.ts";
import { functionsOf } from "./functions.ts";
import type { Major } from "./majors.ts";
import type { Name } from "./names.ts";
import { relationRule } from "./relations.ts";
import { OPERATORS, PSEUDO_TYPES, TYPES } from "./types-and-operators.ts";

export type Judgement =
  /** PostgreSQL's own, and harmless. */
  | { readonly kind: "known" }
  | { readonly kind: "refused"; readonly offence: Offence }
  /** Not PostgreSQL's own: refused with this offence unless the catalog shows that it is harmless. */
  | { readonly kind: "unknown"; readonly name: Name; readonly offence: Offence };

/** Judged by what is given to them (settings.ts), which is not looked at before a dot: ('app.secret').current_setting. */
const NEEDS_ITS_ARGUMENT: ReadonlySet<string> = new Set(["current_setting"]);

const KNOWN: Judgement = { kind: "known" };

const written = (name: Name): string => (name.schema === null ? name.name : `${name.schema}.${name.name}`);

const refused = (rule: Rule, name: Name): Judgement => ({
  kind: "refused",
  offence: { rule, offset: name.offset, text: written(name) },
});

const unknown = (rule: Rule, name: Name): Judgement => ({
  kind: "unknown",
  name,
  offence: { rule, offset: name.offset, text: written(name) },
});

export function judge(name: Name, major: Major): Judgement {
  const own = name.schema === null || name.schema === "pg_catalog";
  switch (name.kind) {
    case "function":
      return judgeFunction(name, own, major);
    case "operator":
      if (own && !name.foreign && OPERATORS.has(name.name)) return KNOWN;
      return name.schema === "pg_catalog" || name.foreign
        ? refused("operator.unknown", name)
        : unknown("operator.unknown", name);
    case "type":
      if (own && !name.foreign && isType(name.name)) return KNOWN;
      return name.schema === "pg_catalog" || name.foreign
        ? refused("type.unknown", name)
        : unknown("type.unknown", name);
    case "relation": {
      if (name.foreign) return refused("relation.database", name);
      const rule = relationRule(name.schema, name.name);
      return rule === null ? KNOWN : refused(rule, name);
    }
    case "sampling":
      return own && !name.foreign && (name.name === "system" || name.name === "bernoulli")
        ? KNOWN
        : refused("sampling.unknown", name);
    case "attribute":
      // PostgreSQL reads (42).pg_advisory_lock as a call of it, whatever stands before the dot.
      return forbiddenBy(name) ?? (NEEDS_ITS_ARGUMENT.has(name.name) ? refused("setting.name", name) : KNOWN);
  }
}

function forbiddenBy(name: Name): Judgement | null {
  const reason = forbidden(name.name);
  if (reason === undefined) return null;
  const { rule, says, instead } = reason;
  const offence = { rule, offset: name.offset, text: written(name), says: `${name.name} ${says}.` };
  return { kind: "refused", offence: instead === undefined ? offence : { ...offence, instead } };
}

function judgeFunction(name: Name, own: boolean, major: Major): Judgement {
  const no = forbiddenBy(name);
  if (no !== null) return no;
  // A type's name with one argument is a cast to it: no function of PostgreSQL's that is not listed bears the name of a type.
  if (own && !name.foreign && (functionsOf(major).has(name.name) || TYPES.has(name.name))) return KNOWN;
  if (name.foreign || name.schema === "pg_catalog") return refused("function.unknown", name);
  return unknown(name.schema === null ? "function.unknown" : "function.user", name);
}

/** _int4 is int4[]. */
const isType = (name: string): boolean =>
  TYPES.has(name) || PSEUDO_TYPES.has(name) || (name.startsWith("_") && TYPES.has(name.slice(1)));
