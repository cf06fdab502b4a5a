import type { Account } from "#gate";
import type { Instant } from "#kernel";
import type { PullRequestRef } from "#gate/io";
import { LIMITS } from "../limits.ts";

/** INVARIANT: no member of this union grants anything. They explain, look again, or stop. */
export type Command =
  | { readonly kind: "help" }
  | { readonly kind: "explain" }
  | { readonly kind: "recheck" }
  | { readonly kind: "hold"; readonly reason: string }
  | { readonly kind: "unhold" }
  | { readonly kind: "revoke" }
  | { readonly kind: "unknown"; readonly word: string };

export interface CommandAsked {
  readonly pr: PullRequestRef;
  readonly by: Account;
  readonly at: Instant;
  readonly command: Command;
}

const LINE = /^\/countersign(?:[ \t]+(\S+)(?:[ \t]+(.*))?)?[ \t]*$/;

/** Asked of tickets, not of the gate, and on issues too. */
export const asksForTicket = (body: string): boolean => /^\/countersign[ \t]+ticket(?:\s|$)/i.test(body);

/** The first line, from its first character: a quoted or indented command is talk about commands. null: no command. */
export function parseCommand(body: string): Command | null {
  const line = (body.split("\n", 1)[0] ?? "").replace(/\r$/, "");
  if (line.length > 1_000) return null;
  const found = LINE.exec(line);
  if (found === null) return null;
  const word = (found[1] ?? "help").toLowerCase();
  switch (word) {
    case "help":
    case "explain":
    case "recheck":
    case "unhold":
    case "revoke":
      return { kind: word };
    case "hold":
      return { kind: "hold", reason: shorten(found[2] ?? "") };
    default:
      return { kind: "unknown", word: shorten(word).slice(0, 40) };
  }
}

/** Printable, one line, bounded. It is shown to people and in code spans, so back-ticks go too. */
function shorten(text: string): string {
  return text
    .replace(/[`\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "")
    .trim()
    .slice(0, LIMITS.commandReasonChars);
}
