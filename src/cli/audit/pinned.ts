// What the auditor brings along, from options and files.

import { readFileSync, statSync } from "node:fs";
import { sha256 } from "#audit/io";
import {
  ED25519,
  fromHex,
  parseCheckpoint,
  parseNote,
  parsePolicy,
  parseTlogProof,
  parseVkey,
  type Checkpoint,
  type Held,
  type NoteKey,
  type Pinned,
  type Policy,
  type Receipt,
} from "#verifier";
import { readState } from "./verify-state.ts";

export interface PinnedOptions {
  readonly key?: string;
  readonly policy?: string;
  readonly from?: readonly string[];
  readonly receipt?: readonly string[];
  readonly state?: string;
}

export type Brought =
  | { readonly kind: "pinned"; readonly pinned: Pinned }
  | { readonly kind: "unusable"; readonly problem: string };

const MAX_BYTES = 4_000_000;
const RECEIPT = /^([0-9a-f-]{36}):([0-9a-f]{64})(?:@(\d{1,15}))?(?:#([0-9a-f-]{36}))?$/;

class Unusable extends Error {}

export function bring(options: PinnedOptions): Brought {
  try {
    const policy = options.policy === undefined ? null : policyIn(options.policy);
    const key = keyFrom(options.key, policy);
    return {
      kind: "pinned",
      pinned: {
        key,
        policy,
        held: key === null ? null : heldIn(key, options.state),
        checkpoints: (options.from ?? []).map(checkpointIn),
        receipts: (options.receipt ?? []).map(receiptFrom),
      },
    };
  } catch (error) {
    if (error instanceof Unusable) return { kind: "unusable", problem: error.message };
    throw error;
  }
}

function heldIn(key: NoteKey, directory: string | undefined): Held | null {
  const state = readState(key, directory);
  if (state.kind === "damaged")
    throw new Unusable(
      `${state.file} is not readable as what an earlier run kept. Restore it, or move it away to begin anew: then nothing is compared with before.`,
    );
  return state.kind === "held" ? state.held : null;
}

function textOf(file: string): string {
  try {
    if (statSync(file).size <= MAX_BYTES) return readFileSync(file, "utf8");
  } catch {
    throw new Unusable(`${file} cannot be read. Check its path and permissions.`);
  }
  throw new Unusable(`${file} is larger than such a file ever is.`);
}

function policyIn(file: string): Policy {
  const policy = parsePolicy(sha256, textOf(file));
  if (policy.kind === "malformed")
    throw new Unusable(`${file} is no policy (c2sp.org/tlog-policy): line ${policy.line}: ${policy.why}.`);
  return policy;
}

function keyFrom(vkey: string | undefined, policy: Policy | null): NoteKey | null {
  if (vkey !== undefined) {
    const key = parseVkey(sha256, vkey);
    if (key?.type !== ED25519)
      throw new Unusable(
        "--key takes a verifier key, whole, such as audit.example.com/epochs+1a2b3c4d+AT... Yours is none, or a character of it is missing or wrong.",
      );
    return key;
  }
  const logs = policy?.logs ?? [];
  if (logs.length > 1) throw new Unusable("The policy names several logs: say which one is meant with --key.");
  return logs[0]?.key ?? null;
}

/** A signed note, or a proof that ends with one. */
function checkpointIn(file: string): Checkpoint {
  const text = textOf(file);
  const proof = parseTlogProof(text);
  const note = parseNote(proof.kind === "proof" ? proof.checkpoint : text);
  const checkpoint = note.kind === "note" ? parseCheckpoint(note.body) : note;
  if (checkpoint.kind === "malformed") throw new Unusable(`${file} is no checkpoint: ${checkpoint.why}.`);
  return { origin: checkpoint.origin, size: checkpoint.size, root: checkpoint.root };
}

function receiptFrom(text: string): Receipt {
  const [, tenant = "", hash = "", index, entry] = RECEIPT.exec(text) ?? [];
  const leaf = fromHex(hash);
  if (tenant === "" || leaf === null)
    throw new Unusable(`--receipt takes <log id>:<leaf hash>[@<index>][#<entry id>], not ${text.slice(0, 120)}.`);
  return { tenant, leaf, index: index === undefined ? null : Number(index), entry: entry ?? null };
}
