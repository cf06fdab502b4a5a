// What no rule of anybody allows: each is seen in the call by our own code, never told by the agent, and each has its rule in
// policies/floor. A hazard without its rule there would be let through: the floor's test compares the two lists.

export const HAZARDS = [
  "git.force_push",
  "git.hard_reset",
  "git.branch_delete",
  "git.push_production",
  "gate.bypass",
  "gate.files",
  "approval.self",
  "sql.destructive",
  "sql.migration",
  "credentials.read",
  "credentials.rotate",
  "credentials.send",
  "checks.bypass",
  "mail.unsolicited",
  "paths.escape",
  "shell.unreadable",
] as const;

export type Hazard = (typeof HAZARDS)[number];
