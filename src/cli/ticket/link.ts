// `ticket link`: pull requests that are for a ticket.

import type { Command } from "commander";
import type { Terminal } from "../command.ts";
import { acting } from "./acting.ts";
import { ofTicket, type Options } from "./options.ts";
import type { TicketPorts } from "./ports.ts";

export function linking(group: Command, terminal: Terminal, ports: TicketPorts): void {
  const act = acting(terminal, ports);
  for (const [kind, command, description] of [
    [
      "link",
      group.command("link"),
      "Say that a pull request is for it: what the ticket is shows there, and once it is merged, something has shipped.",
    ],
    ["unlink", group.command("unlink"), "Say that a pull request is not for it, whatever it names itself."],
  ] as const)
    ofTicket(command)
      .argument("<pull>", "acme/app#12")
      .description(`${description} Status 1: nothing was changed.`)
      .action((named: string, pull: string, options: Options) => act(named, options, { kind, pull }));
}
