// The limits that stop an agent by themselves: its circuit breaker and its budgets.

import type { Command } from "commander";
import { BUDGET_KINDS, type BudgetKind } from "#controls";
import { isReason } from "#identity";
import { refusing, type Terminal } from "../command.ts";
import type { ControlPorts } from "./ports.ts";
import { standingLines } from "./text.ts";

interface Whose {
  readonly tenant: string;
  readonly agent?: string;
  readonly json?: boolean;
}

export function limits(group: Command, terminal: Terminal, ports: ControlPorts): void {
  const breaker = group
    .command("breaker")
    .description("What an agent may change before a person looks: 50 updates, 10,000 USD. Nothing raises it.");
  const budget = group.command("budget").description("What an agent, and a tenant, may use up in a day (UTC).");
  reset(breaker, terminal, ports);
  show(budget, terminal, ports);
  set(budget, terminal, ports);
}

function reset(breaker: Command, terminal: Terminal, ports: ControlPorts): void {
  const refuse = refusing(terminal);
  breaker
    .command("reset")
    .description("Let an agent go on after a person has looked at what it did. It begins to count from nothing.")
    .requiredOption("--tenant <prefix>", "whose agent it is")
    .requiredOption("--agent <name>", "its name or its id")
    .requiredOption("--reason <text>", "what was found: the log keeps it")
    .option("--json", "print JSON")
    .action(async ({ tenant, agent, reason, json }: Whose & { readonly agent: string; readonly reason: string }) => {
      if (!isReason(reason)) return refuse(["--reason takes 1 to 500 characters."], json);
      const done = await ports.resetBreaker({ tenant, agent, reason });
      if (done.kind === "refused") return refuse(done.problems, json);
      if (json === true) return terminal.out(JSON.stringify(done));
      terminal.out(
        done.kind === "reset"
          ? "The circuit breaker is closed: the agent may go on, and what it changes is counted from nothing."
          : "It was not open. `countersign control status` shows those that are.",
      );
    });
}

const whose = (command: Command): Command =>
  command
    .requiredOption("--tenant <prefix>", "whose it is")
    .option("--agent <name>", "one agent: its name or its id. Without it: the tenant as a whole");

function show(budget: Command, terminal: Terminal, ports: ControlPorts): void {
  whose(budget.command("show"))
    .description("What was used today, and what may be.")
    .option("--json", "print JSON")
    .action(async ({ tenant, agent, json }: Whose) => {
      const found = await ports.budget({ tenant, agent: agent ?? null });
      if (found.kind === "refused") return refusing(terminal)(found.problems, json);
      if (json === true) return terminal.out(JSON.stringify({ agent: found.agent, ...found.standing }));
      for (const line of standingLines(found.standing)) terminal.out(line);
    });
}

function set(budget: Command, terminal: Terminal, ports: ControlPorts): void {
  const refuse = refusing(terminal);
  whose(budget.command("set"))
    .description("Set one limit. It counts from the next call on.")
    .requiredOption("--kind <kind>", BUDGET_KINDS.join(", "))
    .requiredOption("--most <amount>", "a whole number in a day (of memoryBytes: in one call), or: default")
    .option("--json", "print JSON")
    .action(async ({ tenant, agent, kind, most, json }: Whose & { readonly kind: string; readonly most: string }) => {
      const found = BUDGET_KINDS.find((each) => each === kind);
      const amount = amountOf(most);
      if (found === undefined || amount === "unreadable")
        return refuse(
          [
            ...(found === undefined ? [`--kind is one of: ${BUDGET_KINDS.join(", ")}.`] : []),
            ...(amount === "unreadable" ? ["--most takes a whole number, or: default"] : []),
          ],
          json,
        );
      return setOne({ tenant, agent: agent ?? null, budget: found, most: amount }, json === true);
    });

  async function setOne(asked: Parameters<ControlPorts["setBudget"]>[0], json: boolean): Promise<void> {
    const done = await ports.setBudget(asked);
    if (done.kind === "refused") return refuse(done.problems, json);
    if (json) return terminal.out(JSON.stringify(done.standing));
    terminal.out(`Set. ${lineFor(asked.budget, asked.most)}`);
    for (const line of standingLines(done.standing)) terminal.out(line);
  }
}

const lineFor = (kind: BudgetKind, most: number | null): string =>
  most === null ? `${kind} has Countersign's own limit again.` : `${kind}: at most ${most.toLocaleString("en")}.`;

function amountOf(text: string): number | null | "unreadable" {
  if (text === "default") return null;
  return /^\d{1,15}$/.test(text) ? Number(text) : "unreadable";
}
