// The leaf of an entry: the half that is committed and outlives every erasure.

import { concat } from "./bytes.ts";

/** What the leaf commits to for each part of the body. */
export interface Commitment {
  /** Hex SHA-256 of nonce, ciphertext and tag. */
  readonly h: string;
  /** Hex SHA-256 of "kc" and the part's key; null for a body from before sealing. AES-GCM alone would open under two keys. */
  readonly kc: string | null;
  /** Bytes of ciphertext and tag. */
  readonly len: number;
}

export interface EntryLeaf {
  readonly id: string;
  /** The tenant. */
  readonly log: string;
  /** Milliseconds since the Unix epoch, by the database's clock. */
  readonly ts: number;
  readonly kind: string;
  readonly outcome: string;
  /** The entry that this one closes. */
  readonly intent: string | null;
  /** By part. */
  readonly body: readonly Commitment[];
}

const PART = String.raw`\{"h":"([0-9a-f]{64})"(?:,"kc":"([0-9a-f]{64})")?,"len":(0|[1-9]\d{0,14})\}`;
const ID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
/** The whole grammar. Canonical JSON has one spelling, so what matches is canonical, and nothing needs to be parsed first. */
const LEAF = new RegExp(
  String.raw`^\{"body":\[(?:${PART}(?:,${PART})?)?\],"id":"(${ID})"(?:,"intent":"(${ID})")?,` +
    String.raw`"kind":"([a-z0-9_.]{1,64})","log":"(${ID})","outcome":"([a-z_]{1,32})",` +
    String.raw`"ts":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)","v":1\}$`,
);
// One character for each byte. The grammar is ASCII, so what is anything else does not match.
const decoder = new TextDecoder("latin1");

/** null when the bytes are not exactly the canonical form of an entry's leaf. */
export const readEntryLeaf = (bytes: Uint8Array): EntryLeaf | null => readLeafText(decoder.decode(bytes));

/** The same of many, which become text at once; null also for one that is not there. */
export function readEntryLeaves(leaves: readonly (Uint8Array | null)[]): readonly (EntryLeaf | null)[] {
  const text = decoder.decode(concat(...leaves.filter((leaf) => leaf !== null)));
  let at = 0;
  return leaves.map((leaf) => (leaf === null ? null : readLeafText(text.slice(at, (at += leaf.length)))));
}

function readLeafText(text: string): EntryLeaf | null {
  const match = LEAF.exec(text);
  if (match === null) return null;
  const [, h0, kc0, len0, h1, kc1, len1, id = "", intent, kind = "", log = "", outcome = "", time = ""] = match;
  const ts = Date.parse(time);
  if (Number.isNaN(ts)) return null;
  const body: Commitment[] = [];
  if (h0 !== undefined) body.push({ h: h0, kc: kc0 ?? null, len: Number(len0) });
  if (h1 !== undefined) body.push({ h: h1, kc: kc1 ?? null, len: Number(len1) });
  return { id, log, ts, kind, outcome, intent: intent ?? null, body };
}
