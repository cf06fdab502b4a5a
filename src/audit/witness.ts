// What a witness does with a checkpoint (c2sp.org/tlog-witness, add-checkpoint): pure, one status for each way a log can
// be wrong. A witness knows nothing of what is logged; it only never lets a log have two pasts.

import {
  emptyRoot,
  equal,
  fromBase64,
  HASH_BYTES,
  parseCheckpoint,
  parseNote,
  verifyConsistency,
  type Checkpoint,
  type Hash,
  type Note,
  type Sha256,
} from "#verifier";

export const witnessLimits = {
  /** A proof, and a checkpoint with sixteen signatures of the largest kind. */
  bodyBytes: 128 * 1024,
  /** The specification's own. */
  proofLines: 63,
} as const;

export interface AddCheckpoint {
  readonly kind: "request";
  readonly old: number;
  readonly proof: readonly Hash[];
  readonly note: Note;
  readonly checkpoint: Checkpoint;
}
type Malformed = { readonly kind: "malformed"; readonly why: string };

const malformed = (why: string): Malformed => ({ kind: "malformed", why });

export function parseAddCheckpoint(body: string): AddCheckpoint | Malformed {
  const end = body.indexOf("\n\n");
  if (end < 0) return malformed("no empty line before the checkpoint");
  const [oldLine = "", ...proofLines] = body.slice(0, end).split("\n");
  const old = /^old (0|[1-9]\d{0,15})$/.exec(oldLine)?.[1];
  if (old === undefined || !Number.isSafeInteger(Number(old))) return malformed("the first line is not `old <size>`");
  if (proofLines.length > witnessLimits.proofLines)
    return malformed(`more than ${witnessLimits.proofLines} lines of proof`);
  const proof = proofLines.flatMap((line) => {
    const hash = fromBase64(line);
    return hash === null || hash.length !== HASH_BYTES ? [] : [hash];
  });
  if (proof.length !== proofLines.length) return malformed("a line of the proof is no hash");
  const note = parseNote(body.slice(end + 2));
  if (note.kind === "malformed") return malformed(`the checkpoint is no signed note: ${note.why}`);
  const checkpoint = parseCheckpoint(note.body);
  if (checkpoint.kind === "malformed") return malformed(`the note is no checkpoint: ${checkpoint.why}`);
  return { kind: "request", old: Number(old), proof, note, checkpoint };
}

export interface WitnessFacts {
  readonly request: AddCheckpoint;
  /**
   * "unknown": the origin is none that this witness was given. "unsigned": no signature of a key it was given for it, or one
   * that claims to be and is not.
   */
  readonly log: "unknown" | "unsigned" | "signed";
  /** What this witness cosigned last for the origin. */
  readonly latest: { readonly size: number; readonly root: Hash } | null;
}

export type WitnessDecision =
  | { readonly kind: "cosign" }
  | { readonly kind: "refuse"; readonly status: 400 | 403 | 404 | 422; readonly why: string }
  /** Status 409: ask again with a proof from this size. */
  | { readonly kind: "conflict"; readonly size: number };

const refuse = (status: 400 | 403 | 404 | 422, why: string): WitnessDecision => ({ kind: "refuse", status, why });

/** INVARIANT: "cosign" only for a tree that provably extends the one cosigned last (audit.md, cases 5, 23, 24). */
export function decideWitness(sha256: Sha256, { request, log, latest }: WitnessFacts): WitnessDecision {
  const { old, proof, checkpoint } = request;
  if (log === "unknown") return refuse(404, "This witness does not know that log.");
  if (log === "unsigned") return refuse(403, "The checkpoint is not signed by a key of that log.");
  if (old > checkpoint.size) return refuse(400, "The old size is larger than the checkpoint's.");
  const last = latest ?? { size: 0, root: emptyRoot(sha256) };
  if (old !== last.size) return { kind: "conflict", size: last.size };
  if (checkpoint.size === 0 && !equal(checkpoint.root, emptyRoot(sha256)))
    return refuse(422, "A tree without leaves has another root.");
  return verifyConsistency(sha256, { old: last, size: checkpoint.size, root: checkpoint.root, proof })
    ? { kind: "cosign" }
    : refuse(422, "The proof does not show that this tree extends the last one.");
}
