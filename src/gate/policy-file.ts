// One text of merge-gate.yml, parsed strictly. Every problem at once, with its line.

import { isAlias, isMap, isScalar, LineCounter, parseDocument, visit } from "yaml";
import type { Document, ParsedNode } from "yaml";
import { z } from "zod";
import type { Note } from "./verdict.ts";

/** Far above any real file; a file that is larger is refused, never cut. */
export const MAX_POLICY_CHARACTERS = 64 * 1024;
const MAX_ALIASES = 10;
const YEAR_SECONDS = 31_536_000;

const patterns = z.array(z.string().min(1).max(1024)).max(1000);

const pathRule = z.strictObject({
  match: patterns.min(1),
  teams: z.array(z.string()).max(100).optional(),
  min_approvals: z.int().optional(),
  step_up: z.boolean().optional(),
});

const migrations = z.strictObject({
  match: patterns.optional(),
  dialect: z.enum(["postgres", "other"]).optional(),
  major: z.union([z.literal(15), z.literal(16), z.literal(17), z.literal(18)]).optional(),
  step_up: z.enum(["never", "failures", "findings"]).optional(),
});

const file = z.strictObject({
  version: z.literal(1).optional(),
  production_branches: patterns.optional(),
  min_approvals: z.int().optional(),
  review_dwell_seconds: z.int().min(0).max(YEAR_SECONDS).optional(),
  paths: z.array(pathRule).max(500).optional(),
  codeowners: z.literal("required").optional(),
  policy_owners: z.array(z.string()).max(100).optional(),
  migrations: migrations.optional(),
  merge_method: z.enum(["merge", "squash", "rebase"]).optional(),
});

export type PolicyFile = z.infer<typeof file>;

type Path = readonly (string | number)[];

export interface ParsedPolicyFile {
  readonly file: PolicyFile;
  /** The line of a setting, for problems found later. */
  readonly lineOf: (path: Path) => number | undefined;
}

/** A problem found while reading one text, before it is known where that text lives. */
export interface Problem {
  readonly text: string;
  readonly line: number | undefined;
}

export type PolicyFileResult =
  | { readonly kind: "file"; readonly parsed: ParsedPolicyFile }
  | { readonly kind: "problems"; readonly problems: readonly Problem[] };

export function note(code: Note["code"], path: string, problem: Problem): Note {
  return problem.line === undefined
    ? { code, text: problem.text, path }
    : { code, text: problem.text, path, line: problem.line };
}

const EMPTY: ParsedPolicyFile = { file: {}, lineOf: () => undefined };

// oxlint-disable-next-line no-control-regex -- YAML allows no control characters but tab and line ends
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

export function parsePolicyFile(text: string | null): PolicyFileResult {
  if (text === null) return { kind: "file", parsed: EMPTY };
  if (text.length > MAX_POLICY_CHARACTERS) {
    return problem(`The file is larger than ${MAX_POLICY_CHARACTERS / 1024} KiB. Make it smaller.`, undefined);
  }
  const control = CONTROL.exec(text);
  if (control !== null)
    return problem("The file holds a control character. Save it as plain text.", lineAt(text, control.index));
  try {
    return parseYaml(text);
  } catch {
    // The parser recurses: a file nested without end exhausts its stack. Whatever it throws, the file was not read.
    return problem("The file is not readable YAML: it is nested too deeply, or refers to itself.", undefined);
  }
}

function problem(text: string, line: number | undefined): PolicyFileResult {
  return { kind: "problems", problems: [{ text, line }] };
}

function parseYaml(text: string): PolicyFileResult {
  const lines = new LineCounter();
  const doc = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    logLevel: "error",
    version: "1.2",
    stringKeys: true,
  });
  const line = (offset: number | undefined): number | undefined =>
    offset === undefined ? undefined : lines.linePos(offset).line;
  const broken = [...doc.errors, ...doc.warnings].map((e): Problem => ({
    text: `Not valid YAML: ${e.message}`,
    line: line(e.pos[0]),
  }));
  if (broken.length > 0) return { kind: "problems", problems: broken };
  if (doc.directives?.yaml.version !== "1.2") return problem("Only YAML 1.2 is read. Remove the %YAML line.", 1);
  const alias = badAlias(doc);
  if (alias !== null) return problem(alias.why, line(alias.at));
  const value: unknown = doc.toJS({ maxAliasCount: -1 });
  if (value === null || value === undefined) return { kind: "file", parsed: EMPTY };
  const parsed = file.safeParse(value);
  if (parsed.success)
    return { kind: "file", parsed: { file: parsed.data, lineOf: (path) => line(offsetOf(doc, path, null)) } };
  return {
    kind: "problems",
    problems: parsed.error.issues.flatMap((issue) => describe(issue, (path, key) => line(offsetOf(doc, path, key)))),
  };
}

/** Counted in the text, not in what they expand to: ten aliases cannot expand into anything that hurts. */
function badAlias(doc: Document.Parsed): { readonly why: string; readonly at: number } | null {
  let count = 0;
  let bad: { readonly why: string; readonly at: number } | null = null;
  visit(doc, {
    Alias: (_key, node) => {
      count++;
      if (count > MAX_ALIASES)
        bad = { why: `More than ${MAX_ALIASES} YAML aliases. Write the values out.`, at: node.range?.[0] ?? 0 };
      else if (node.resolve(doc) === undefined)
        bad = { why: `The alias "*${node.source}" refers to nothing.`, at: node.range?.[0] ?? 0 };
      return bad === null ? undefined : visit.BREAK;
    },
  });
  return bad;
}

export function dotted(path: Path): string {
  return path
    .map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`))
    .join("")
    .replace(/^\./, "");
}

function describe(
  issue: z.core.$ZodIssue,
  lineOf: (path: Path, key: string | null) => number | undefined,
): readonly Problem[] {
  const path = issue.path.filter((p) => typeof p !== "symbol");
  const name = path.length === 0 ? "The file" : `"${dotted(path)}"`;
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      text: `"${dotted([...path, key])}" is not a setting. Check its spelling, or remove it.`,
      line: lineOf(path, key),
    }));
  }
  return [
    {
      text: `${name} has a value that is not allowed: ${issue.message.replace(/^Invalid input: /, "")}.`,
      line: lineOf(path, null),
    },
  ];
}

/** The offset of a setting (or of one of its keys); of the nearest enclosing one when an alias hides it. */
function offsetOf(doc: Document.Parsed, path: Path, key: string | null): number | undefined {
  let node: ParsedNode | null = doc.contents;
  let offset = node?.range[0];
  for (const step of key === null ? path : [...path, key]) {
    if (node === null || isScalar(node) || isAlias(node)) break;
    if (isMap(node)) {
      const pair: { key: ParsedNode; value: ParsedNode | null } | undefined = node.items.find(
        (item) => isScalar(item.key) && item.key.value === step,
      );
      if (pair === undefined) break;
      offset = pair.key.range[0];
      node = pair.value;
    } else {
      const item: unknown = typeof step === "number" ? node.items[step] : undefined;
      if (!isParsed(item)) break;
      offset = item.range[0];
      node = item;
    }
  }
  return offset;
}

function isParsed(node: unknown): node is ParsedNode {
  return (
    (isMap(node) ||
      isScalar(node) ||
      isAlias(node) ||
      (typeof node === "object" && node !== null && "items" in node)) &&
    "range" in node
  );
}
