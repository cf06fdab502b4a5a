import { Transform } from "node:stream";
import { rulePush } from "../../push.ts";

/** A push that asks for more than a lease gives. */
export class PushRefused extends Error {}

/** Keeps a push back until all that it asks for is known. */
export function judgingPush(): Transform {
  let kept: Buffer | null = Buffer.alloc(0);
  return new Transform({
    transform(chunk: Buffer, _, next) {
      if (kept === null) return next(null, chunk);
      kept = Buffer.concat([kept, chunk]);
      switch (rulePush(kept)) {
        case "incomplete":
          return next();
        case "refused":
          return next(new PushRefused());
        case "fine": {
          const judged = kept;
          kept = null;
          return next(null, judged);
        }
      }
    },
    // A list without an end.
    flush: (next) => next(kept === null ? null : new PushRefused()),
  });
}
