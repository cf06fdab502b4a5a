import type { Permission } from "#gate";
import type { Command } from "./parse.ts";

const RANK: Readonly<Record<Permission, number>> = { none: 0, read: 1, triage: 2, write: 3, maintain: 4, admin: 5 };

/** What each command asks of who gives it. On a public repository everybody can read, and may read the explanation too. */
const NEEDS: Readonly<Record<Command["kind"], Permission>> = {
  help: "read",
  unknown: "read",
  explain: "read",
  recheck: "triage",
  hold: "write",
  unhold: "write",
  // Only ever about one's own approvals; who lost write access must still be able to take one back.
  revoke: "read",
};

export type Ruling =
  | { readonly kind: "do"; readonly command: Command; /** May release others' holds. */ readonly admin: boolean }
  | { readonly kind: "refuse"; readonly needs: Permission };

/** Only ever takes away: allowed also while the log takes no entries. */
export function isStop(ruling: Ruling): boolean {
  if (ruling.kind === "refuse") return false;
  switch (ruling.command.kind) {
    case "hold":
    case "revoke":
      return true;
    case "help":
    case "explain":
    case "recheck":
    case "unhold":
    case "unknown":
      return false;
  }
}

export function decideCommand(command: Command, permission: Permission): Ruling {
  const needs = NEEDS[command.kind];
  if (RANK[permission] < RANK[needs]) return { kind: "refuse", needs };
  return { kind: "do", command, admin: permission === "admin" };
}
