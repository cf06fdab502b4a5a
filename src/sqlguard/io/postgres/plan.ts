// The planner's own reading of the statement: what it costs, and whether it is made of what the walk let through. Planning runs constant
// calls, so this comes after the walk and under the same limits.

import { z } from "zod";
import type { CatalogFacts } from "../../postgres/catalog.ts";
import { approvedBy, type Inside } from "../../postgres/approved.ts";
import type { Classified } from "../../postgres/classify.ts";
import type { Major } from "../../postgres/majors.ts";
import type { ClientRules } from "../../masks.ts";
import { readPlan, strangersIn, type Plan } from "../../postgres/plan.ts";
import type { Offence } from "../../refusal.ts";
import type { RunLimits } from "../../result.ts";
import { refusalOf } from "../../verdict.ts";
import { denied, type Unrecorded } from "../asked.ts";
import { expand, parsed, type Behind } from "./catalog.ts";
import { functionsNamed } from "./catalog-names.ts";
import { descendantsOf, resolve } from "./catalog-relations.ts";
import type { Parser } from "./parser.ts";
import type { Session } from "./session.ts";

/** INVARIANT: under the session's own search_path, as the query itself: under another one it would be another query. */
const PREFIX = "EXPLAIN (VERBOSE, FORMAT JSON) ";

export async function planOf(
  session: Session,
  parser: Parser,
  sql: string,
  limits: RunLimits,
): Promise<Unrecorded | { readonly kind: "plan"; readonly plan: Plan }> {
  const text = PREFIX + sql;
  // INVARIANT: no text is sent that was not walked, ours included.
  const again = await parser.classify(text);
  if (again.kind !== "classified" || again.classified.kind !== "explain" || again.classified.offences.length > 0)
    return denied(refusalOf("parser.lost", "EXPLAIN"));
  const outcome = await session.select(text, { ...limits, cell: limits.bytes });
  if (outcome.kind === "refused") return { kind: "failed", error: shifted(outcome.error) };
  const { rows, truncated } = outcome.received;
  const plan = truncated === null ? readPlan(jsonOf(rows.map(([line]) => line ?? "").join("\n"))) : null;
  return plan === null ? denied(refusalOf("plan.unapproved", "a plan that cannot be read")) : { kind: "plan", plan };
}

/** Places in the text with its prefix, as places in the statement. */
function shifted<E extends { readonly position: number | null }>(error: E): E {
  return { ...error, position: error.position === null ? null : Math.max(1, error.position - PREFIX.length) };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

interface Looked {
  readonly classified: Classified;
  readonly facts: CatalogFacts;
  readonly rules: ClientRules;
  readonly major: Major;
}

/** What PostgreSQL would run that nobody approved; nothing, for every statement that the walk reads as PostgreSQL does. */
export async function strangersOf(
  session: Session,
  parser: Parser,
  plan: Plan,
  { classified, facts, rules, major }: Looked,
): Promise<readonly Offence[]> {
  const asked = new Set([classified, ...facts.bodies.map((each) => each.classified)].flatMap(functionNames));
  const more = plan.functions.map(({ name }) => name).filter((name) => !asked.has(name));
  const functions =
    more.length === 0 ? facts.functions : [...facts.functions, ...(await functionsNamed(session, more))];
  const bodies = facts.bodies.flatMap((each) => (each.classified === null ? [] : [each.classified]));
  const looked = {
    statement: classified,
    bodies,
    reached: facts.reached,
    functions,
    operators: facts.operators,
    major,
  };
  const first = strangersIn(plan, approvedBy(looked, NOTHING_MORE));
  // Seldom: the inside of PostgreSQL's own views, partitions, and functions that a person listed.
  if (first.length === 0) return first;
  const listed = await insideOfListed(session, parser, rules);
  const own = await insideOfOwnViews(session, parser, facts);
  const children = await descendantsOf(
    session,
    [...facts.reached, ...listed.reached].map(({ oid }) => oid),
  );
  return strangersIn(
    plan,
    approvedBy(looked, {
      relations: [...own.reached, ...listed.reached].map(({ label }) => label).concat(children),
      bodies: [...own.bodies, ...listed.bodies],
    }),
  );
}

const NOTHING_MORE: Inside = { relations: [], bodies: [] };

const functionNames = (classified: Classified | null): readonly string[] =>
  classified?.names.filter(({ kind }) => kind === "function").map(({ name }) => name) ?? [];

interface InsideOf {
  readonly reached: Behind["reached"];
  readonly bodies: readonly Classified[];
}

const insideOf = ({ reached, bodies }: Behind): InsideOf => ({
  reached,
  bodies: bodies.flatMap(({ classified }) => (classified === null ? [] : [classified])),
});

/** They were reviewed with the lists; what they read is approved by them, and by nothing else. */
const insideOfOwnViews = async (session: Session, parser: Parser, facts: CatalogFacts): Promise<InsideOf> =>
  insideOf(
    await expand(
      session,
      parser,
      facts.reached.filter(({ builtin }) => builtin),
      "PostgreSQL's own, too",
    ),
  );

const body = z.object({ sql: z.string() });

/** PostgreSQL puts the body of a simple SQL function in the place of its call. A person has read that body. */
async function insideOfListed(session: Session, parser: Parser, { functions }: ClientRules): Promise<InsideOf> {
  if (functions.length === 0) return { reached: [], bodies: [] };
  const found = await session.ask(
    body,
    `select coalesce(pg_catalog.pg_get_function_sqlbody(p.oid), p.prosrc) as sql
       from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
       where p.prolang = (select l.oid from pg_catalog.pg_language l where l.lanname = 'sql')
         and (n.nspname, p.proname) in (select * from unnest($1::name[], $2::name[]))`,
    [functions.map(({ schema }) => schema), functions.map(({ name }) => name)],
  );
  const bodies: Classified[] = [];
  const reached: Behind["reached"][number][] = [];
  for (const { sql } of found) {
    const classified = await parsed(parser, statementIn(sql));
    if (classified === null) continue;
    const behind = await expand(
      session,
      parser,
      await resolve(
        session,
        classified.names.filter(({ kind }) => kind === "relation"),
      ),
    );
    bodies.push(classified, ...insideOf(behind).bodies);
    reached.push(...behind.reached);
  }
  return { reached, bodies };
}

/** BEGIN ATOMIC SELECT ...; END and RETURN x, as a SELECT. */
const statementIn = (sql: string): string =>
  sql
    .trim()
    .replace(/^BEGIN ATOMIC\s+([^]*?);?\s*END$/, "$1")
    .replace(/^RETURN\s/, "SELECT ");
