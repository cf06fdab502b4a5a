// From the tree of a text to what is known about it: its offences, and the names that only the catalog can judge.

import type { Offence } from "../refusal.ts";
import type { StatementKind } from "../statement.ts";
import { grammarOf } from "./grammar/index.ts";
import { judge } from "./judge.ts";
import { statementWords } from "./known-shapes.ts";
import type { Major } from "./majors.ts";
import { addNames, type Name } from "./names.ts";
import { settingOffences } from "./settings.ts";
import { sizeOffences } from "./sizes.ts";
import { isFields, items, offsetOf, tagged } from "./tree.ts";
import { walk } from "./walk.ts";

export interface Unknown {
  readonly name: Name;
  readonly offence: Offence;
}

export interface Classified {
  /** Null unless there is exactly one statement, of a kind that reads. */
  readonly kind: StatementKind | null;
  readonly offences: readonly Offence[];
  /** Not PostgreSQL's own. Without a catalog each is an offence too. */
  readonly unknown: readonly Unknown[];
  /** Every name, in the order of the tree: the catalog has a word on PostgreSQL's own ones too. */
  readonly names: readonly Name[];
}

const KINDS: ReadonlyMap<string, StatementKind> = new Map([
  ["SelectStmt", "select"],
  ["VariableShowStmt", "show"],
  ["ExplainStmt", "explain"],
]);

const nothing = (offence: Offence): Classified => ({ kind: null, offences: [offence], unknown: [], names: [] });

/** `tree` is what the parser of this major answered, of which nothing is believed. Total: it never throws. */
export function classify(tree: unknown, major: Major): Classified {
  const statements = isFields(tree) ? items(tree["stmts"]) : [];
  const [raw, second] = statements;
  if (!isFields(raw)) return nothing({ rule: "text.empty", offset: -1, text: "" });
  const start = startOf(raw);
  if (second !== undefined)
    return nothing({ rule: "statement.several", offset: startOf(second), text: `${statements.length} statements` });
  const root = tagged(raw["stmt"]);
  if (root === null) return nothing({ rule: "node.unknown", offset: start, text: "statement" });
  const kind = KINDS.get(root.tag);
  if (kind === undefined) return nothing({ rule: "statement.kind", offset: start, text: statementWords(root.tag) });

  const names: Name[] = [];
  let inFrom = false;
  const offences: Offence[] = [];
  const shape = walk(
    root,
    grammarOf(major),
    (tag, fields, offset) => {
      inFrom ||= tag === "RangeFunction";
      addNames(names, tag, fields, offset);
      for (const offence of sizeOffences(tag, fields, offset)) offences.push(offence);
      for (const offence of settingOffences(tag, fields, offset)) offences.push(offence);
    },
    start,
  );
  // A function in FROM gives its alias to a value, where it gives no rows: x.f is f(x) then.
  const all = inFrom
    ? names.map((name): Name => (name.kind === "attribute" ? { ...name, ofValue: true } : name))
    : names;
  const unknown: Unknown[] = [];
  for (const name of all) {
    const judgement = judge(name, major);
    if (judgement.kind === "refused") offences.push(judgement.offence);
    if (judgement.kind === "unknown") unknown.push({ name, offence: judgement.offence });
  }
  return { kind, offences: [...shape, ...offences], unknown, names: all };
}

const startOf = (statement: unknown): number => {
  const location = isFields(statement) ? statement["stmt_location"] : undefined;
  return typeof location === "number" ? location : isFields(statement) ? (offsetOf(statement) ?? 0) : 0;
};
