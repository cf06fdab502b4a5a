import type { Command } from "commander";

/** `countersign policy`: what needs only files, and what needs a tenant's log, register in it, in any order. */
export const policyGroup = (program: Command): Command =>
  program.commands.find((command) => command.name() === "policy") ??
  program.command("policy").description("Check, test, explain and simulate the rules that agents work under.");
