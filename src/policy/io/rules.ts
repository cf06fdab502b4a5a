// Rules out of text, with Cedar's own parser: one rule each with its annotations, its parsed form and the digest of that.

import { createHash } from "node:crypto";
import { policySetTextToParts, policyToJson, type PolicyJson } from "@cedar-policy/cedar-wasm/nodejs";
import { APPROVED, lint } from "../lint.ts";
import { LIMITS } from "../limits.ts";
import { cited, FLOOR_PREFIXES, RULE_ID, VERSION, type Finding, type Layer, type Rule } from "../rule.ts";

export interface RuleFile {
  readonly layer: Layer;
  readonly file: string;
  readonly text: string;
}

export interface ReadRules {
  readonly rules: readonly Rule[];
  readonly findings: readonly Finding[];
}

export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** The set as one digest: which rules, in which layer, each with its own digest. Their order and their files do not matter. */
export const setHash = (rules: readonly Rule[]): string =>
  sha256(
    rules
      .map((rule) => `${rule.layer} ${cited(rule)} ${rule.hash}`)
      .toSorted()
      .join("\n"),
  );

/** Findings come with the rules that could be read, so that a person sees all of them at once. */
export function readRules(files: readonly RuleFile[]): ReadRules {
  const read = files.map(readFile);
  const rules = read.flatMap((each) => each.rules);
  const twice = rules.filter((rule, i) => rules.findIndex(({ id }) => id === rule.id) !== i);
  return {
    rules,
    findings: [
      ...read.flatMap((each) => each.findings),
      // Cedar would keep one of the two, and a tenant could replace a refusal of the floor by its own.
      ...twice.map(({ file, id }) => ({ file, rule: id, says: `There is a rule with the id ${id} already.` })),
    ],
  };
}

function readFile({ layer, file, text }: RuleFile): ReadRules {
  const none = (says: string): ReadRules => ({ rules: [], findings: [{ file, rule: null, says }] });
  if (text.length > LIMITS.file) return none(`The file has more than ${LIMITS.file / 1024} KB. Split it.`);
  const parts = policySetTextToParts(text);
  if (parts.type === "failure") return none(parts.errors.map(({ message }) => message).join("; "));
  if (parts.policy_templates.length > 0)
    return none("Templates (?principal, ?resource) are never linked here. Write the rule itself.");
  const read = parts.policies.map((source) => readRule(layer, file, source));
  return { rules: read.flatMap(({ rules }) => rules), findings: read.flatMap(({ findings }) => findings) };
}

const EFFECTS = ["RED", "YELLOW"] as const;

function readRule(layer: Layer, file: string, source: string): ReadRules {
  const parsed = policyToJson(source);
  if (parsed.type === "failure")
    return {
      rules: [],
      findings: [{ file, rule: null, says: parsed.errors.map(({ message }) => message).join("; ") }],
    };
  const { annotations = {}, effect } = parsed.json;
  const { id = "", version = "", text = "", verdict, quorum = "1" } = annotations;
  const findings = annotationFindings(layer, parsed.json).map((says) => ({ file, rule: id === "" ? null : id, says }));
  const colour = effect === "permit" ? effect : EFFECTS.find((each) => each === verdict);
  if (findings.length > 0 || colour === undefined) return { rules: [], findings };
  const said = JSON.stringify(parsed.json);
  const rule: Rule = {
    id,
    version,
    layer,
    file,
    effect: colour,
    quorum: Number(quorum),
    text,
    source,
    json: JSON.parse(said),
    hash: sha256(said),
  };
  return { rules: [rule], findings: lint(rule, approved).map((says) => ({ file, rule: id, says })) };
}

const KNOWN = new Set(["id", "version", "text", "verdict", "quorum"]);
/** One is what every YELLOW rule asks for: a rule that says so says nothing. */
const QUORUMS = Array.from({ length: LIMITS.people - 1 }, (_, i) => String(i + 2));

function annotationFindings(layer: Layer, { annotations = {}, effect }: PolicyJson): readonly string[] {
  const { id = "", version = "", text = "", verdict, quorum } = annotations;
  const floor = FLOOR_PREFIXES.some((prefix) => id.startsWith(prefix));
  return [
    ...(RULE_ID.test(id) ? [] : [`It needs @id("area.name"): lower-case words joined by full stops.`]),
    ...(VERSION.test(version) ? [] : [`It needs @version("1"), a number that grows with each change.`]),
    ...(text.length >= 10 ? [] : [`It needs @text("..."): what is refused, and what would be acceptable.`]),
    ...(floor === (layer === "floor")
      ? []
      : [`Ids that begin with ${FLOOR_PREFIXES.join(" or ")} are the floor's own.`]),
    ...(effect === "permit"
      ? verdict === undefined
        ? []
        : ["A permission has no @verdict."]
      : EFFECTS.some((each) => each === verdict)
        ? []
        : [`It needs @verdict("RED") or @verdict("YELLOW").`]),
    ...(quorum === undefined ? [] : quorumFindings(quorum, verdict)),
    ...Object.keys(annotations)
      .filter((name) => !KNOWN.has(name))
      .map((name) => `There is no annotation @${name}.`),
  ];
}

/** Cedar gives an annotation without a value as null, whatever its types say. */
function quorumFindings(quorum: string | null, verdict: string | undefined): readonly string[] {
  if (verdict !== "YELLOW") return ["Only a YELLOW rule has @quorum: no other asks people."];
  return quorum !== null && QUORUMS.includes(quorum)
    ? []
    : [`@quorum is how many people have to say yes, "2" to "${LIMITS.people}"; without it, one.`];
}

const approved = ((): unknown => {
  const parsed = policyToJson(`forbid (principal, action, resource) unless { ${APPROVED} };`);
  return parsed.type === "success" ? parsed.json.conditions[0]?.body : null;
})();
