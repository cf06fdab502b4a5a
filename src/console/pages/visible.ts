// What an agent wrote, before a person says yes to it. INVARIANT (12, 14): what they read is what is executed: letters that are not seen, or that
// turn the order of the others, stand there by their numbers.

import type { Shown } from "#approvals";

/** Controls, marks of direction, tags, private letters, fillers that look like nothing, selectors that carry data. Line ends and tabs stay. */
const UNSEEN =
  /[\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0]|\u034f|\u17b4|\u17b5|[\u180b-\u180f]|[\ufe00-\ufe0e]|[\u{e0100}-\u{e01ef}]|[^\P{Cc}\n\t]/gu;

export const visible = (text: string): string =>
  text
    .replaceAll("\r\n", "\n")
    .replace(UNSEEN, (letter) => `⟦U+${(letter.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}⟧`);

export interface Seen {
  readonly shown: Shown;
  /** Something in it would not have been seen. */
  readonly hidden: boolean;
}

export function seen(given: Shown): Seen {
  let hidden = false;
  const all = (text: string): string => {
    const made = visible(text);
    hidden ||= made !== text.replaceAll("\r\n", "\n");
    return made;
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
  return { shown, hidden };
}
