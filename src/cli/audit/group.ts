import type { Command } from "commander";

/** `countersign audit`: several files register commands in it, in any order. */
export const auditGroup = (program: Command): Command =>
  program.commands.find((command) => command.name() === "audit") ??
  program.command("audit").description("The audit log: read it, prove what is in it, verify it.");
