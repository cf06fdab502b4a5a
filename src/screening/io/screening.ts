import { setImmediate as pause } from "node:timers/promises";
import { atMostEach } from "#kernel";
import { SCRUBBED } from "#platform/log";
import { concluded, readSpan, unreadSpan, type ReadSpan } from "../conclude.ts";
import { without } from "../credentials/ranges.ts";
import { AT_ONCE, MOST_TEXT, ONE_TEXT } from "../limits.ts";
import type { Screened, Screening, Span } from "../types.ts";
import { secretsIn } from "./secrets.ts";
import { unpack } from "./unpack.ts";

/**
 * It keeps nothing between calls: one serves all tenants. INVARIANT (21): much text is read a piece at a time, and of one tenant one call's after the
 * other's: meanwhile everybody else's calls go on, and the switch is looked at.
 */
export function createScreening(): Screening {
  const oneEach = atMostEach(1);
  return {
    screen(spans, whose) {
      if (spans.reduce((sum, { text }) => sum + ONE_TEXT + text.length, 0) <= AT_ONCE)
        return screened(spans, async () => {});
      return oneEach(whose ?? "", () => screened(spans, pause));
    },
  };
}

async function screened(spans: readonly Span[], between: () => Promise<unknown>): Promise<Screened> {
  let left = MOST_TEXT;
  const read: ReadSpan[] = [];
  for (const span of spans) {
    await between();
    left -= span.text.length;
    if (left < 0) {
      read.push(unreadSpan(span));
      continue;
    }
    const secrets = await secretsIn(span.text);
    read.push(readSpan(span, { secrets, scrubbed: without(span.text, secrets, SCRUBBED), unpack }));
  }
  return concluded(read);
}
