// The end of a log, however long it is: so many lines, none of them endless.

import { cut, withoutKeys } from "./cut.ts";

/** In characters. The whole is far below what a result may have (RESULT_BYTES). */
const LINE = 4_000;
const WHOLE = 200_000;

/** Colours and cursor movements; other control characters but the tab; the mark at a file's beginning. */
// oxlint-disable-next-line no-control-regex
const NOISE = /\u001b\[[0-9;?]*[ -/]*[@-~]|[\u0000-\u0008\u000b-\u001f\u007f\ufeff]/g;

export interface Tail {
  take(text: string): void;
  end(): { readonly lines: readonly string[]; readonly whole: boolean };
}

/** `contains`: only lines that hold it. `last`: how many of those, from the end. A private key's lines are none of them. */
export function createTail({ contains, last }: { readonly contains: string | null; readonly last: number }): Tail {
  let begun = "";
  let whole = true;
  let size = 0;
  const kept: string[] = [];
  const keyless = withoutKeys();

  function add(line: string): void {
    const clean = keyless(line.replaceAll(NOISE, ""));
    if (clean === null || (contains !== null && !clean.includes(contains))) return;
    const shown = clean.length > LINE ? `${cut(clean, LINE)}…` : clean;
    kept.push(shown);
    size += shown.length + 1;
    while (kept.length > last || size > WHOLE) {
      size -= (kept.shift() ?? "").length + 1;
      whole = false;
    }
  }

  return {
    take(text) {
      const lines = (begun + text).split("\n");
      begun = lines.pop() ?? "";
      for (const line of lines) add(line);
      // A line without an end is not kept whole while it grows.
      if (begun.length > 16 * LINE) begun = begun.slice(0, 8 * LINE);
    },
    end() {
      if (begun !== "") add(begun);
      begun = "";
      return { lines: [...kept], whole };
    },
  };
}
