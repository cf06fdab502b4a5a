// What an agent wrote, before a person says yes to it. INVARIANT (12, 14): what they read is what is executed: letters that are not seen, or that
// turn the order of the others, stand there by their numbers.

import type { Shown } from "#approvals";

/** Controls, marks of direction, tags, private letters, fillers that look like nothing, selectors that carry data. Line ends and tabs stay. */
const UNSEEN =
  /[\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\u115f\u1160\u2800\u3164\uffa0]|\u034f|\u17b4|\u17b5|[\u180b-\u180f]|[\ufe00-\ufe0e]|[\u{e0100}-\u{e01ef}]|[^\P{Cc}\n\t]/gu;

/** More marks over one letter than any script has: they lie over the lines around them. */
const HEAP = /\p{M}{6,}/gu;

const FROM_THE_RIGHT = /[\p{sc=Hebrew}\p{sc=Arabic}\p{sc=Syriac}\p{sc=Thaana}\p{sc=Nko}\p{sc=Adlam}]/u;

/** Letters that are read from right to left, on one line with others: those are read in another order than they stand there. */
const isTurned = (text: string): boolean =>
  FROM_THE_RIGHT.test(text) && text.split("\n").some((line) => FROM_THE_RIGHT.test(line) && /[!-~]/.test(line));

export const visible = (text: string): string =>
  text
    .replaceAll("\r\n", "\n")
    .replace(UNSEEN, (letter) => `⟦U+${(letter.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}⟧`)
    .replace(HEAP, (marks) => `⟦${Array.from(marks).length} marks over one letter⟧`);

/** Lines with nothing on them, beside the mark that a preview has before each line. */
const EMPTY = /(?:\n(?:[|+-] )?[^\S\n]*(?=\n)){12,}/g;

/** INVARIANT: what stands below is not pushed out of sight by nothing: where many lines are empty, it says how many. */
export const squeezed = (text: string): string =>
  text.replaceAll(EMPTY, (lines) => `\n⟦${lines.split("\n").length - 1} lines with nothing on them⟧`);

/** How much there is to read. */
export const sizeOf = (text: string): string => {
  const lines = text.split("\n").length;
  return `${lines} ${lines === 1 ? "line" : "lines"}, ${text.length} characters`;
};

export interface Seen {
  readonly shown: Shown;
  /** Something in it would not have been seen. */
  readonly hidden: boolean;
  /** Some of it is read in another order than it stands there. */
  readonly turned: boolean;
}

export function seen(given: Shown): Seen {
  let hidden = false;
  let turned = false;
  const all = (text: string): string => {
    const made = visible(text);
    turned ||= isTurned(made);
    hidden ||= made !== text.replaceAll("\r\n", "\n");
    return squeezed(made);
  };
  const shown: Shown = {
    ...given,
    title: all(given.title),
    agent: all(given.agent),
    requester: all(given.requester),
    repository: given.repository === null ? null : all(given.repository),
    observed: given.observed.map(all),
    arguments: given.arguments.map(({ name, value }) => ({ name: all(name), value: all(value) })),
    preview: given.preview === null ? null : all(given.preview),
    consequences: all(given.consequences),
  };
  return { shown, hidden, turned };
}
