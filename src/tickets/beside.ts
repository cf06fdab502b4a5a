// What a ticket is, as its pull requests say it. INVARIANT: its number, whose move it is and when; nothing that anybody wrote, and no name:
// readers of the repository are not readers of the client's tickets.

import type { Next, State } from "./types.ts";
import { waitingOn } from "./types.ts";
import { nextAt, stateWords } from "./words.ts";

export interface Beside {
  /** ACME-7. */
  readonly name: string;
  readonly state: State;
  readonly next: Next | null;
  readonly frozen: boolean;
  readonly zone: string;
}

const MOVE = { us: "our move", client: "the client's move", nobody: "nobody's move" } as const;

/** "ACME-7 is waiting for the client, the client's move. Next: nudge (Mon 23 Nov 10:12 Europe/Berlin)." Instants, never spans: it is true later, too. */
export function besideLine({ name, state, next, frozen, zone }: Beside): string {
  const what = frozen
    ? "Its clocks stand still."
    : next === null
      ? "Nothing more happens by itself."
      : `Next: ${nextAt(next, zone)}.`;
  return `${name} is ${stateWords(state)}, ${MOVE[waitingOn(state)]}. ${what}`;
}

const TOKEN = /(?<![A-Za-z0-9_-])([A-Za-z][A-Za-z0-9]{1,15})-([1-9]\d{0,8})(?![A-Za-z0-9])/g;
/** Whose prefix it is, only the client's own transaction knows. */
export const namesAny = (texts: readonly string[]): boolean => texts.some((text) => text.search(TOKEN) !== -1);

/** Of one pull request; whoever names more has not said what it is for. */
const MOST_NAMED = 5;

/** The client's tickets that a pull request's title, body or branch names: `ACME-7`, in any case. */
export function namedIn(texts: readonly string[], prefix: string): readonly number[] {
  const numbers = new Set<number>();
  for (const text of texts)
    for (const [, client = "", number = ""] of text.matchAll(TOKEN))
      if (client.toLowerCase() === prefix.toLowerCase()) numbers.add(Number(number));
  return [...numbers].slice(0, MOST_NAMED);
}
