// Proofs in a file (c2sp.org/tlog-proof): an index, its inclusion proof and the signed checkpoint it leads to.

import { base64, fromBase64 } from "./bytes.ts";
import { HASH_BYTES, type Hash } from "./merkle.ts";

export const proofLimits = { bytes: 2_000_000, hashes: 64 } as const;
const FIRST_LINE = "c2sp.org/tlog-proof@v1";

export interface TlogProof {
  /** Not authenticated by the format: whoever uses it must prove what it says. */
  readonly extra: Uint8Array | null;
  readonly index: number;
  /** From the leaf's sibling up. */
  readonly hashes: readonly Hash[];
  /** The signed note, word for word. */
  readonly checkpoint: string;
}
export type ParsedTlogProof =
  | ({ readonly kind: "proof" } & TlogProof)
  | { readonly kind: "malformed"; readonly why: string };

export function formatTlogProof(proof: TlogProof): string {
  const extra = proof.extra === null ? [] : [`extra ${base64(proof.extra)}`];
  return [FIRST_LINE, ...extra, `index ${proof.index}`, ...proof.hashes.map(base64), "", proof.checkpoint].join("\n");
}

const malformed = (why: string): ParsedTlogProof => ({ kind: "malformed", why });

export function parseTlogProof(text: string): ParsedTlogProof {
  if (text.length > proofLimits.bytes) return malformed("it is larger than any proof");
  const end = text.indexOf("\n\n");
  if (end < 0) return malformed("no empty line parts the proof and its checkpoint");
  const lines = text.slice(0, end).split("\n");
  if (lines.shift() !== FIRST_LINE) return malformed(`its first line is not ${FIRST_LINE}`);
  const extraLine = lines[0]?.startsWith("extra ") === true ? lines.shift() : undefined;
  const extra = extraLine === undefined ? null : fromBase64(extraLine.slice("extra ".length));
  if (extraLine !== undefined && extra === null) return malformed("its extra line is not base64");
  const index = /^index (0|[1-9]\d{0,15})$/.exec(lines.shift() ?? "")?.[1];
  if (index === undefined || !Number.isSafeInteger(Number(index))) return malformed("it has no index line");
  if (lines.length > proofLimits.hashes) return malformed("it has more hashes than any tree is high");
  const hashes: Hash[] = [];
  for (const line of lines) {
    const hash = fromBase64(line);
    if (hash === null || hash.length !== HASH_BYTES) return malformed("a line of the proof is no hash");
    hashes.push(hash);
  }
  return { kind: "proof", extra, index: Number(index), hashes, checkpoint: text.slice(end + 2) };
}
