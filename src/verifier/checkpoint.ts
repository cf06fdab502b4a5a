// Checkpoints (c2sp.org/tlog-checkpoint): the text of the note that a log signs.

import { base64, fromBase64 } from "./bytes.ts";
import { HASH_BYTES, type Hash } from "./merkle.ts";

export interface Checkpoint {
  readonly origin: string;
  /** Leaves. */
  readonly size: number;
  readonly root: Hash;
}

export type ParsedCheckpoint =
  | ({ readonly kind: "checkpoint"; readonly extensions: readonly string[] } & Checkpoint)
  | { readonly kind: "malformed"; readonly why: string };

const malformed = (why: string): ParsedCheckpoint => ({ kind: "malformed", why });

/** The body of a note, with its final newline. Ours carry no extension lines: monitors cannot audit them. */
export const formatCheckpoint = (checkpoint: Checkpoint): string =>
  `${checkpoint.origin}\n${checkpoint.size}\n${base64(checkpoint.root)}\n`;

export function parseCheckpoint(body: string): ParsedCheckpoint {
  if (!body.endsWith("\n")) return malformed("it does not end with a newline");
  const [origin = "", sizeText = "", rootText = "", ...extensions] = body.slice(0, -1).split("\n");
  if (origin === "") return malformed("its origin is empty");
  if (!/^(?:0|[1-9]\d{0,15})$/.test(sizeText)) return malformed("its size is no number");
  const size = Number(sizeText);
  if (!Number.isSafeInteger(size)) return malformed("its size is too large");
  const root = fromBase64(rootText);
  if (root === null || root.length !== HASH_BYTES) return malformed("its root is no hash");
  if (extensions.includes("")) return malformed("an extension line is empty");
  return { kind: "checkpoint", origin, size, root, extensions };
}
