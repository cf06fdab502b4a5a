import type { Command } from "commander";
import { isReason } from "#identity";
import { repositoryId } from "#kernel";
import { refusing, type Register, type Terminal } from "../command.ts";
import { pendingJson, pendingLines } from "../pending.ts";
import { limits } from "./limits.ts";
import type { ControlPorts, Target } from "./ports.ts";
import { killedLines, statusJson, statusLines } from "./text.ts";

export type { ControlPorts, ControlStatus, Target } from "./ports.ts";

interface ScopeOptions {
  readonly platform?: boolean;
  readonly tenant?: string;
  readonly agent?: string;
  readonly repository?: string;
  readonly reason: string;
  readonly json?: boolean;
}

export function control(ports: ControlPorts): Register {
  return (program, terminal) => {
    const group = program
      .command("control")
      .description("Stop agents, start them again, and what stops them by itself.");
    status(group, terminal, ports);
    killing(group, terminal, ports);
    rearming(group, terminal, ports);
    limits(group, terminal, ports);
  };
}

function status(group: Command, terminal: Terminal, ports: ControlPorts): void {
  group
    .command("status")
    .description("What is stopped, by whom and why, and which circuit breakers are open. Status 1 when anything is.")
    .option("--tenant <prefix>", "of one tenant, and of the platform")
    .option("--json", "print JSON")
    .action(async ({ tenant, json }: { readonly tenant?: string; readonly json?: boolean }) => {
      const found = await ports.status(tenant ?? null);
      if (found.kind === "refused") return refusing(terminal)(found.problems, json);
      if (json === true) terminal.out(statusJson(found));
      else for (const line of statusLines(found)) terminal.out(line);
      if (found.kills.length + found.breakers.length > 0 || found.environment.killed) terminal.exit(1);
    });
}

const scoped = (command: Command, reason: string): Command =>
  command
    .option("--platform", "everything")
    .option("--tenant <prefix>", "one client; with --agent or --repository one of its own")
    .option("--agent <name>", "an agent of the tenant: its name or its id")
    .option("--repository <number>", "a repository of the tenant: GitHub's number (gh api repos/OWNER/NAME --jq .id)")
    .requiredOption("--reason <text>", reason)
    .option("--json", "print JSON");

function killing(group: Command, terminal: Terminal, ports: ControlPorts): void {
  const refuse = refusing(terminal);
  scoped(group.command("kill"), "why: the log keeps it, and operators see it; agents do not")
    .description(
      "Stop agents, within a second, in every running server: what runs is ended, its leases are revoked, and nothing new begins. One person is enough; to start again takes two.",
    )
    .action(async (options: ScopeOptions) => {
      const asked = targetOf(options);
      if (asked.kind === "refused") return refuse(asked.problems, options.json);
      const done = await ports.kill({ target: asked.target, reason: options.reason });
      if (done.kind === "refused") return refuse(done.problems, options.json);
      if (options.json === true) return terminal.out(JSON.stringify(done));
      for (const line of killedLines(done, commandOf(asked.target))) terminal.out(line);
      for (const problem of done.problems) terminal.err(problem);
    });
}

function rearming(group: Command, terminal: Terminal, ports: ControlPorts): void {
  const refuse = refusing(terminal);
  scoped(group.command("rearm"), "why it is safe again: the second operator reads it, and the log keeps it")
    .description(
      "Start again what was stopped. The first run asks; another operator confirms; the second run starts it. Needs your operator key (OPERATOR_KEY_FILE).",
    )
    .action(async (options: ScopeOptions) => {
      const asked = targetOf(options);
      if (asked.kind === "refused") return refuse(asked.problems, options.json);
      const done = await ports.rearm({ target: asked.target, reason: options.reason });
      switch (done.kind) {
        case "refused":
          return refuse(done.problems, options.json);
        case "pending":
          if (options.json === true) terminal.out(pendingJson(done));
          else for (const line of pendingLines(done, "the same command, with the same --reason")) terminal.out(line);
          return terminal.exit(1);
        case "not_killed":
        case "rearmed":
          if (options.json === true) return terminal.out(JSON.stringify(done));
          return terminal.out(
            done.kind === "rearmed"
              ? `Started again: ${done.kills === 1 ? "the kill is" : `all ${done.kills} kills are`} taken back, as ${done.askedBy} asked and ${done.confirmedBy} confirmed. Servers go on within a second.`
              : "Nothing of that scope is stopped. `countersign control status` shows what is.",
          );
      }
    });
}

type AskedTarget =
  | { readonly kind: "target"; readonly target: Target }
  | { readonly kind: "refused"; readonly problems: readonly string[] };

function targetOf({ platform, tenant, agent, repository, reason }: ScopeOptions): AskedTarget {
  const number = repository === undefined ? null : repositoryId(/^\d{1,15}$/.test(repository) ? Number(repository) : 0);
  const problems = [
    ...(isReason(reason) ? [] : ["--reason takes 1 to 500 characters."]),
    ...((platform === true) === (tenant !== undefined)
      ? ["Say what: --platform, or --tenant PREFIX (with --agent or --repository for less than all of it)."]
      : []),
    ...(tenant === undefined && (agent ?? repository) !== undefined
      ? ["--agent and --repository are one tenant's: add --tenant PREFIX."]
      : []),
    ...(agent !== undefined && repository !== undefined ? ["--agent or --repository, one at a time."] : []),
    ...(repository !== undefined && number === null
      ? ["--repository takes GitHub's number of it: gh api repos/OWNER/NAME --jq .id"]
      : []),
  ];
  if (problems.length > 0) return { kind: "refused", problems };
  if (tenant === undefined) return { kind: "target", target: { kind: "platform" } };
  if (agent !== undefined) return { kind: "target", target: { kind: "agent", tenant, agent } };
  if (number !== null) return { kind: "target", target: { kind: "repository", tenant, repository: number } };
  return { kind: "target", target: { kind: "tenant", tenant } };
}

function commandOf(target: Target): string {
  switch (target.kind) {
    case "platform":
      return "--platform";
    case "tenant":
      return `--tenant ${target.tenant}`;
    case "agent":
      return `--tenant ${target.tenant} --agent ${JSON.stringify(target.agent)}`;
    case "repository":
      return `--tenant ${target.tenant} --repository ${target.repository}`;
  }
}
