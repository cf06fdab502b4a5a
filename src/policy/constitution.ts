// The rules of a tenant that are prose: for people and agents to follow and to cite. Each stands under a heading `## id@version` and
// goes on to the next heading of that rank.

import { citation, cited, FLOOR_PREFIXES, type Cited, type Finding, type Rule } from "./rule.ts";

export interface ProseRule extends Cited {
  readonly file: string;
  readonly text: string;
}

export interface Prose {
  readonly rules: readonly ProseRule[];
  readonly findings: readonly Finding[];
}

export function parseProse(file: string, text: string): Prose {
  const rules: ProseRule[] = [];
  const findings: Finding[] = [];
  let fenced = false;
  let open: { readonly named: Cited; readonly lines: string[] } | null = null;
  const close = (): void => {
    if (open === null) return;
    const body = open.lines.join("\n").trim();
    if (body === "") findings.push({ file, rule: cited(open.named), says: "The rule has no text." });
    rules.push({ ...open.named, file, text: body });
  };
  for (const line of text.split(/\r?\n/)) {
    if (/^\s{0,3}(?:```|~~~)/.test(line)) fenced = !fenced;
    const heading = fenced ? null : /^##[ \t]+(\S.*?)[ \t#]*$/.exec(line);
    if (heading === null) {
      open?.lines.push(line);
      continue;
    }
    close();
    const named = citation(heading[1] ?? "");
    open = named === null ? null : { named, lines: [] };
    // A heading that was meant as a rule and is none would be a rule that nobody can cite.
    if (named === null && (heading[1] ?? "").includes("@"))
      findings.push({ file, rule: null, says: `"${heading[1] ?? ""}" is no rule: write ## area.name@1` });
    if (named !== null && FLOOR_PREFIXES.some((prefix) => named.id.startsWith(prefix)))
      findings.push({
        file,
        rule: named.id,
        says: `Ids that begin with ${FLOOR_PREFIXES.join(" or ")} are the floor's own.`,
      });
  }
  close();
  return { rules, findings };
}

/** A rule that can be cited, whoever wrote it. */
export interface CitableRule extends Cited {
  readonly text: string;
  readonly hash: string;
}

export type Citable = ReadonlyMap<string, CitableRule>;

/** The first one with an id counts; the others are findings, since a citation must mean one thing. */
export function citableOf(
  rules: readonly Rule[],
  prose: readonly (ProseRule & { readonly hash: string })[],
): { readonly citable: Citable; readonly findings: readonly Finding[] } {
  const byId = new Map<string, CitableRule>();
  const findings: Finding[] = [];
  for (const { id, version, text, hash, file } of [...rules, ...prose]) {
    if (byId.has(id)) findings.push({ file, rule: id, says: `There is a rule with the id ${id} already.` });
    else byId.set(id, { id, version, text, hash });
  }
  return { citable: new Map([...byId.values()].map((rule) => [cited(rule), rule])), findings };
}

export type Citations =
  | { readonly kind: "found"; readonly rules: readonly CitableRule[] }
  | { readonly kind: "unknown"; readonly citations: readonly string[] };

/** What a decision cites, with the digests of what it cites. One that does not exist, or not in this version, refuses all of it. */
export function cite(citable: Citable, citations: readonly string[]): Citations {
  const missing = citations.filter((each) => !citable.has(each));
  return missing.length > 0
    ? { kind: "unknown", citations: missing }
    : { kind: "found", rules: citations.flatMap((each) => citable.get(each) ?? []) };
}
