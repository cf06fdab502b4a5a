// `ticket clock`: the database's clock, by which every timer runs.

import type { Command } from "commander";
import { printableJson } from "../audit/printable.ts";
import { refusing, type Terminal } from "../command.ts";
import { inJson, saying, type Options } from "./options.ts";
import type { TicketPorts } from "./ports.ts";
import { clockLines } from "./text.ts";

export function clock(group: Command, terminal: Terminal, ports: TicketPorts): void {
  const refuse = refusing(terminal);
  const say = saying(terminal);

  const under = group.command("clock").description("The database's clock, by which every timer runs.");
  inJson(
    under
      .command("show", { isDefault: true })
      .description("Whether it is believed. Status 1: it is not, and nothing is closed."),
  ).action(async ({ json }: Options) => {
    const answer = await ports.clock();
    if (answer.kind === "refused") return refuse(answer.problems, json);
    if (json === true) terminal.out(printableJson(answer.clock));
    else say(clockLines(answer.clock));
    terminal.exit(answer.clock.doubtedAt === null ? 0 : 1);
  });
  inJson(
    under.command("believe").description("You have looked at the clock, and it is right: tickets are closed again."),
  ).action(async ({ json }: Options) => {
    const answer = await ports.believe();
    if (answer.kind === "refused") return refuse(answer.problems, json);
    if (json === true) return terminal.out(JSON.stringify(answer));
    say([answer.changed ? "The clock is believed again." : "It was believed already."]);
  });
}
