// Rules from the disk: Countersign's own (policies/) and a tenant's (clients/<prefix>/constitution).

import { lstat, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { above, citing } from "../compose.ts";
import { citableOf, parseProse, type Citable } from "../constitution.ts";
import { FLOOR_HASH } from "../floor.ts";
import { LIMITS } from "../limits.ts";
import type { Finding, Layer, Rule } from "../rule.ts";
import type { Engine } from "../verdict.ts";
import { loadEngine, type Memory } from "./cedar.ts";
import { readRules, setHash, sha256, type RuleFile } from "./rules.ts";

export interface Folder {
  readonly cedar: readonly RuleFile[];
  readonly prose: readonly RuleFile[];
  readonly cases: readonly RuleFile[];
  readonly findings: readonly Finding[];
}

const SHIPPED = join(import.meta.dirname, "../../../policies");

/** Every file of a folder of rules. What is neither rules, prose nor cases is a finding: a misspelt name must not switch a rule off. */
export async function readFolder(dir: string, layer: Layer): Promise<Folder> {
  const cedar: RuleFile[] = [];
  const prose: RuleFile[] = [];
  const cases: RuleFile[] = [];
  const findings: Finding[] = [];
  const refuse = (file: string, says: string): void => void findings.push({ file, rule: null, says });
  const names = (await readdir(dir)).toSorted();
  if (names.length > LIMITS.files) refuse(dir, `There are ${names.length} files; ${LIMITS.files} are read at most.`);
  for (const name of names.slice(0, LIMITS.files)) {
    const file = join(dir, name);
    const into = name.endsWith(".cedar")
      ? cedar
      : name.endsWith(".md")
        ? prose
        : name.endsWith(".cases.yaml")
          ? cases
          : null;
    const found = await lstat(file);
    if (into === null)
      refuse(file, "It is no file of rules: those end in .cedar or .md, and their cases in .cases.yaml.");
    else if (!found.isFile()) refuse(file, "It is no plain file. Links and folders are not followed.");
    else if (found.size > LIMITS.file) refuse(file, `It is larger than ${LIMITS.file / 1024} KB. Split it.`);
    else into.push({ layer, file, text: await readFile(file, "utf8") });
  }
  return { cedar, prose, cases, findings };
}

export interface Constitution {
  /** All layers, the floor last. */
  readonly rules: readonly Rule[];
  readonly citable: Citable;
  /** Digest of the rules and the prose. */
  readonly set: string;
  readonly findings: readonly Finding[];
}

export const shippedFolder = (layer: "platform" | "floor"): Promise<Folder> =>
  readFolder(join(SHIPPED, layer === "platform" ? "default" : "floor"), layer);

/** Countersign's own rules with a tenant's between them. INVARIANT: the floor comes last, and only as it was when this was built. */
export async function readConstitution(tenant: Folder | null): Promise<Constitution> {
  const [platform, floor] = await Promise.all([shippedFolder("platform"), shippedFolder("floor")]);
  const folders = [platform, ...(tenant === null ? [] : [tenant]), floor];
  const read = readRules(folders.flatMap(({ cedar }) => cedar));
  const texts = (tenant?.prose ?? []).map(({ file, text }) => parseProse(file, text));
  const prose = texts.flatMap(({ rules }) => rules).map((rule) => ({ ...rule, hash: sha256(rule.text) }));
  const { citable, findings } = citableOf(read.rules, prose);
  const onFloor = setHash(read.rules.filter(({ layer }) => layer === "floor"));
  const changed: Finding = {
    file: join(SHIPPED, "floor"),
    rule: null,
    says: `The hard refusals are not those that this version was built with (${onFloor}). Install Countersign again.`,
  };
  return {
    rules: read.rules,
    citable,
    set: sha256(
      [...citable]
        .map(([name, { hash }]) => `${name} ${hash}`)
        .toSorted()
        .join("\n"),
    ),
    findings: once([
      ...folders.flatMap((folder) => folder.findings),
      ...read.findings,
      ...texts.flatMap((each) => each.findings),
      ...findings,
      ...(onFloor === FLOOR_HASH ? [] : [changed]),
    ]),
  };
}

const once = (findings: readonly Finding[]): readonly Finding[] => [
  ...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values(),
];

export type Opened =
  | { readonly kind: "loaded"; readonly engine: Engine }
  | { readonly kind: "refused"; readonly findings: readonly Finding[] };

/** `name`: the tenant's id, the same at each load. What was loaded under it before stays in force when this is refused. */
export function openPolicy(name: string, { rules, citable, set, findings }: Constitution, memory?: Memory): Opened {
  if (findings.length > 0) return { kind: "refused", findings };
  const loaded = loadEngine(name, rules, memory);
  if (loaded.kind === "refused") return loaded;
  const { engine } = loaded;
  const whole: Engine = { set, decide: async (facts) => ({ ...(await engine.decide(facts)), set }) };
  return { kind: "loaded", engine: citing(whole, citable) };
}

/** What the other engine permits is its own matter; the floor alone forbids. */
const OTHER_ENGINE: RuleFile = {
  layer: "platform",
  file: "",
  text: `@id("engine.permits") @version("1") @text("The engine that was chosen decides.") permit (principal, action, resource);`,
};

/** Another engine in place of Countersign's own rules, for whoever has theirs there. What forbids stays: the floor, and the tenant's. */
export function openAbove(name: string, engine: Engine, { rules, citable, set, findings }: Constitution): Opened {
  if (findings.length > 0) return { kind: "refused", findings };
  const permitting = readRules([OTHER_ENGINE]).rules;
  const floor = loadEngine(name, [...permitting, ...rules.filter(({ layer }) => layer !== "platform")]);
  if (floor.kind === "refused") return floor;
  // What a yes is bound to: the other engine's own rules may change under it, and are asked again before anything is carried out.
  const whole: Engine = { ...above(floor.engine, engine), set: sha256(`${set} ${engine.set}`) };
  return { kind: "loaded", engine: citing(whole, citable) };
}
