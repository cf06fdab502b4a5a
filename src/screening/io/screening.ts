import { SCRUBBED } from "#platform/log";
import { concluded, readSpan, unreadSpan, type ReadSpan } from "../conclude.ts";
import { without } from "../credentials/ranges.ts";
import { MOST_TEXT } from "../limits.ts";
import type { Screening } from "../types.ts";
import { secretsIn } from "./secrets.ts";
import { unpack } from "./unpack.ts";

/** It keeps nothing between calls: one serves all tenants. */
export function createScreening(): Screening {
  return {
    async screen(spans) {
      let left = MOST_TEXT;
      const read: ReadSpan[] = [];
      for (const span of spans) {
        left -= span.text.length;
        if (left < 0) {
          read.push(unreadSpan(span));
          continue;
        }
        const secrets = await secretsIn(span.text);
        read.push(readSpan(span, { secrets, scrubbed: without(span.text, secrets, SCRUBBED), unpack }));
      }
      return concluded(read);
    },
  };
}
