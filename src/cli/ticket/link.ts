// `ticket link`: pull requests that are for a ticket.

import type { Command } from "commander";
import { printable } from "../audit/printable.ts";
import { refusing, type Terminal } from "../command.ts";
import type { TicketPorts } from "./ports.ts";

interface Options {
  readonly tenant?: string;
  readonly json?: boolean;
}

export function linking(group: Command, terminal: Terminal, ports: TicketPorts): void {
  const refuse = refusing(terminal);
  for (const [kind, command, description] of [
    [
      "link",
      group.command("link"),
      "Say that a pull request is for it: what the ticket is shows there, and once it is merged, something has shipped.",
    ],
    ["unlink", group.command("unlink"), "Say that a pull request is not for it, whatever it names itself."],
  ] as const)
    command
      .argument("<ticket>", "its number, its name as ACME-7, or its id")
      .argument("<pull>", "acme/app#12")
      .description(`${description} Status 1: nothing was changed.`)
      .option("--tenant <prefix>", "whose; may be left out with a name as ACME-7, and where there is one tenant")
      .option("--json", "for programs")
      .action(async (named: string, pull: string, { tenant, json }: Options) => {
        const answer = await ports.act({ tenant: tenant ?? null, ticket: named, act: { kind, pull } });
        if (answer.kind === "refused") return refuse(answer.problems, json);
        const said = answer.kind === "done" ? `${pull} is ${kind}ed.` : `Nothing was changed: ${answer.why}`;
        terminal.out(json === true ? JSON.stringify(answer) : printable(said));
        terminal.exit(answer.kind === "done" ? 0 : 1);
      });
}
