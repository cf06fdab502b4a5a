// One entry, from a file, without network and database.

import { readFileSync, statSync } from "node:fs";
import { sha256, verifyEd25519 } from "#audit/io";
import { hex, verifyEntryProof, type EntryProofVerdict, type Pinned } from "#verifier";
import type { ExitStatus, Terminal } from "../command.ts";
import { printable } from "./printable.ts";

const MAX_BYTES = 4_000_000;

export const isProofFile = (target: string): boolean => target.endsWith(".tlog-proof");

export async function runProof(
  file: string,
  { key, policy }: Pinned,
  json: boolean,
  terminal: Terminal,
): Promise<ExitStatus> {
  if (key === null) {
    terminal.err(
      "No key was given, so nobody can say who wrote this. Name the log's verifier key (--key), or a policy (--policy).",
    );
    return 2;
  }
  let text: string;
  try {
    if (statSync(file).size > MAX_BYTES) throw new Error("too large");
    text = readFileSync(file, "utf8");
  } catch {
    terminal.err(`${printable(file)} cannot be read, or is larger than any proof.`);
    return 2;
  }
  const verdict = await verifyEntryProof({ sha256, verify: verifyEd25519 }, text, key, policy);
  if (json) terminal.out(JSON.stringify(documentOf(verdict)));
  else for (const line of linesOf(verdict, policy === null)) terminal.out(printable(line));
  return verdict.kind === "proven" ? 0 : 1;
}

function linesOf(verdict: EntryProofVerdict, alone: boolean): readonly string[] {
  if (verdict.kind === "refused") return [`NOT PROVEN  ${verdict.why}`, "Ask for the proof again; keep this file."];
  const { leaf, index, epoch, witnesses } = verdict;
  const at = (ms: number): string => new Date(ms).toISOString();
  return [
    `proven      entry ${leaf.id} (${leaf.kind}, ${leaf.outcome}) is entry ${index} of log ${leaf.log}`,
    `            its own time ${at(leaf.ts)}; under epoch ${epoch.epoch} of ${at(epoch.time)}`,
    ...witnesses.map(({ name, time }) => `            seen by witness ${name} at ${at(time * 1000)}`),
    `            leaf hash ${hex(verdict.leafHash)}`,
    ...(alone ? ["Not proven: that everybody is shown this same log. Give a policy with witnesses (--policy)."] : []),
    "Not proven: what the entry's body says; and that it was true.",
  ];
}

const documentOf = (verdict: EntryProofVerdict): object =>
  verdict.kind === "refused" ? verdict : { ...verdict, leafHash: hex(verdict.leafHash), epoch: verdict.epoch.epoch };
