// Verifies files as an auditor does, and says which layers of audit.md, section 5 found something.

import {
  filesSource, NOTHING_PINNED, parsePolicy, sha256, verify, type FindingCode, type Pinned, type Policy, type Report, type VerifyOptions,
} from "#verifier"; // prettier-ignore
import { inMemory, type FileMap } from "./export.ts";
import type { SigningKey } from "./keys.ts";
import type { World } from "./world.ts";

export const OPTIONS: VerifyOptions = {
  sha256,
  subtle: crypto.subtle,
  now: Date.parse("2026-04-01T00:00:00Z"),
  tenants: null,
  bodies: true,
  full: false,
};

export function policyOf(log: SigningKey, witnesses: readonly SigningKey[], k: number): Policy {
  const names = witnesses.map((_, i) => `w${i + 1}`);
  const text = [
    `log ${log.vkey}`,
    ...witnesses.map((witness, i) => `witness ${names[i]} ${witness.vkey}`),
    ...(k === 0 ? ["quorum none"] : [`group all-of-them ${k} ${names.join(" ")}`, "quorum all-of-them"]),
  ].join("\n");
  const policy = parsePolicy(sha256, text);
  if (policy.kind === "malformed") throw new Error(policy.why);
  return policy;
}

/** An auditor who knows the log's first key and asks for two of its witnesses. */
export const auditor = (world: World, more: Partial<Pinned> = {}): Pinned => ({
  ...NOTHING_PINNED,
  key: world.signer.key,
  policy: policyOf(world.signer, world.witnesses, 2),
  ...more,
});

export const judge = async (files: FileMap, pinned: Pinned, options: Partial<VerifyOptions> = {}): Promise<Report> =>
  verify(filesSource(inMemory(files)), pinned, { ...OPTIONS, ...options });

/** B: bodies and leaf bytes. C: chain. K: what is signed in the log itself. W: witnesses and what is held. R: receipts. */
const LAYER: Partial<Record<FindingCode, "B" | "C" | "K" | "W" | "R">> = {
  leaf_differs: "B", leaf_malformed: "B", leaf_missing: "B", body_differs: "B", body_missing: "B", body_unknown: "B",
  key_differs: "B", plaintext_wrong: "B", chain_differs: "C", root_differs: "K", slot_differs: "K", epoch_differs: "K",
  signature_wrong: "K", node_differs: "K", tile_missing: "K", held_differs: "W", held_rolled_back: "W",
  held_log_missing: "W", receipt_missing: "R",
}; // prettier-ignore

/** The layers that found something, such as "C K W". A quorum that was not reached is W. */
export function layers(report: Report): string {
  const found = report.verdicts.flatMap((verdict) =>
    verdict.findings.map((finding) => LAYER[finding.code] ?? finding.code),
  );
  const signature = report.verdicts.find((verdict) => verdict.question === "signature");
  const unwitnessed = signature?.gaps.some((gap) => gap.what.includes("seen by")) === true ? ["W"] : [];
  const order = ["B", "C", "K", "W", "R"];
  return [...new Set<string>([...found, ...unwitnessed])].sort((a, b) => order.indexOf(a) - order.indexOf(b)).join(" ");
}

export const stateOf = (report: Report): string =>
  `${report.state}: ${report.verdicts.map((verdict) => verdict.state).join(", ")}`;
