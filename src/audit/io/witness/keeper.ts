// A witness's memory and key: facts, decision, commit, in that order, before anything is answered.

import type { KeyObject } from "node:crypto";
import { Fault } from "#kernel";
import {
  COSIGNATURE,
  cosignatureBytes,
  cosignedMessage,
  formatNote,
  keyId,
  signatureLine,
  signaturesOf,
  type Note,
  type NoteKey,
} from "#verifier";
import type { CheckpointStore } from "../../checkpoint-store.ts";
import { decideWitness, parseAddCheckpoint, type WitnessDecision } from "../../witness.ts";
import { rawPublicKey, signEd25519, verifyEd25519 } from "../ed25519.ts";
import { sha256 } from "../sha256.ts";

export type WitnessAnswer =
  | { readonly kind: "cosigned"; readonly line: string; readonly origin: string; readonly size: number }
  | Exclude<WitnessDecision, { readonly kind: "cosign" }>;

export interface Keeper {
  /** What others write into their policies (C2SP vkey of type 0x04). */
  readonly key: NoteKey;
  addCheckpoint(body: string): Promise<WitnessAnswer>;
  /** The latest cosigned checkpoint, with the log's signatures that were verified and the cosignature; null for none. */
  latest(origin: string): Promise<string | null>;
}

export interface KeeperParts {
  readonly name: string;
  readonly key: KeyObject;
  /** Each named after its origin; one origin may have several while its key is rotated. */
  readonly logs: readonly NoteKey[];
  readonly store: CheckpointStore;
  /** Milliseconds since the Unix epoch. */
  readonly clock: () => number;
}

const TRIES = 16;

export function createKeeper({ name, key, logs, store, clock }: KeeperParts): Keeper {
  const own: NoteKey = { name, type: COSIGNATURE, publicKey: rawPublicKey(key) };

  function cosign(body: string): string {
    const time = Math.floor(clock() / 1000);
    const signature = signEd25519(key, cosignedMessage(time, body));
    return signatureLine(own.name, keyId(sha256, own), cosignatureBytes(time, signature));
  }

  async function once(body: string): Promise<WitnessAnswer | null> {
    const request = parseAddCheckpoint(body);
    if (request.kind === "malformed") return { kind: "refuse", status: 400, why: request.why };
    const { note, checkpoint } = request;
    const known = logs.filter((log) => log.name === checkpoint.origin);
    const verified = await verifiedLines(note, known);
    const [last = null] = await store.read([checkpoint.origin]);
    const log = known.length === 0 ? "unknown" : verified.length === 0 ? "unsigned" : "signed";
    const decision = decideWitness(sha256, { request, log, latest: last });
    if (decision.kind !== "cosign") return decision;
    const line = cosign(note.body);
    const next = { note: formatNote(note.body, [...verified, line]), size: checkpoint.size, root: checkpoint.root };
    const [swapped] = await store.swap([{ origin: checkpoint.origin, expected: last?.note ?? null, next }]);
    return swapped === true ? { kind: "cosigned", line, origin: checkpoint.origin, size: checkpoint.size } : null;
  }

  return {
    key: own,
    async addCheckpoint(body) {
      for (let tries = 0; tries < TRIES; tries++) {
        const answer = await once(body);
        if (answer !== null) return answer;
      }
      throw new Fault("broker_unavailable", "Others kept changing the witness's store.");
    },
    latest: async (origin) => (await store.read([origin]))[0]?.note ?? null,
  };
}

/** Empty also when one line claims to be of a known key and is not: such a note is malformed as a whole (signed-note). */
async function verifiedLines(note: Note, keys: readonly NoteKey[]): Promise<readonly string[]> {
  const message = new TextEncoder().encode(note.body);
  const lines: string[] = [];
  for (const key of keys)
    for (const { name, keyId, signature } of signaturesOf(sha256, note, key)) {
      if (!(await verifyEd25519(key.publicKey, message, signature))) return [];
      lines.push(signatureLine(name, keyId, signature));
    }
  return lines;
}
