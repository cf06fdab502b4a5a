import { Transform } from "node:stream";

/** Breaks off where an answer repeats the credential, however the pieces are cut: not one byte of it goes on. */
export function withholding(secrets: readonly string[]): Transform {
  const wanted = secrets.map((secret) => Buffer.from(secret, "latin1"));
  let kept: Buffer = Buffer.alloc(0);
  return new Transform({
    transform(chunk: Buffer, _, next) {
      const bytes = kept.length === 0 ? chunk : Buffer.concat([kept, chunk]);
      if (wanted.some((one) => bytes.includes(one))) return next(new Error("an answer repeats the credential"));
      const safe = bytes.length - Math.max(...wanted.map((one) => begun(bytes, one)));
      kept = bytes.subarray(safe);
      next(null, bytes.subarray(0, safe));
    },
    flush: (next) => next(null, kept),
  });
}

/** How many bytes at the end may be the beginning of `wanted`. */
function begun(bytes: Buffer, wanted: Buffer): number {
  for (let size = Math.min(bytes.length, wanted.length - 1); size > 0; size--)
    if (bytes.subarray(bytes.length - size).equals(wanted.subarray(0, size))) return size;
  return 0;
}
