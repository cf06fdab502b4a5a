/**
 * The closed set of tools that a call may name (X5). The schema of the rules is made of this table: a call of another tool has no valid
 * request, and is RED. `irreversible` is the tool's own nature; a call may say more, never less.
 */
export const TOOLS = {
  "repo.read": { effect: "read", irreversible: false },
  "repo.search": { effect: "read", irreversible: false },
  "repo.diff": { effect: "read", irreversible: false },
  "repo.propose": { effect: "write", irreversible: false },
  "pr.comment": { effect: "write", irreversible: false },
  "pr.merge": { effect: "write", irreversible: true },
  "checks.read": { effect: "read", irreversible: false },
  "logs.read": { effect: "read", irreversible: false },
  "traces.read": { effect: "read", irreversible: false },
  "sql.select": { effect: "read", irreversible: false },
  "ticket.read": { effect: "read", irreversible: false },
  "ticket.ask": { effect: "write", irreversible: false },
  "ticket.update": { effect: "write", irreversible: false },
  "email.notify": { effect: "write", irreversible: true },
  "shell.test": { effect: "write", irreversible: false },
} as const;

export type Tool = keyof typeof TOOLS;

const names = <T extends object>(table: T): readonly Extract<keyof T, string>[] => {
  const all: Extract<keyof T, string>[] = [];
  for (const name in table) all.push(name);
  return all;
};
export const TOOL_NAMES: readonly Tool[] = names(TOOLS);
