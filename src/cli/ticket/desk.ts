// `ticket desk`: whose a client's new tickets are, and where owners are paged.

import type { Command } from "commander";
import { printableJson } from "../audit/printable.ts";
import { refusing, type Terminal } from "../command.ts";
import { ofClient, saying, type Options } from "./options.ts";
import type { TicketPorts } from "./ports.ts";
import { deskLines } from "./text.ts";

const several = (text: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), text];

export function desk(group: Command, terminal: Terminal, ports: TicketPorts): void {
  const refuse = refusing(terminal);
  const say = saying(terminal);

  const under = group.command("desk").description("Whose a client's new tickets are, and where owners are paged.");
  const told = (answer: Awaited<ReturnType<TicketPorts["desk"]>>, json: boolean | undefined): void => {
    if (answer.kind === "refused") return refuse(answer.problems, json);
    if (json === true) terminal.out(printableJson(answer.desk));
    else say(deskLines(answer));
  };
  ofClient(under.command("show", { isDefault: true }).description("As it is.")).action(
    async ({ tenant, json }: Options) => told(await ports.desk(tenant ?? null), json),
  );
  ofClient(under.command("set").description("Change it. What is left out stays."))
    .option("--owner <login>", "whose new tickets are, from countersign person list")
    .option("--page <place>", "mail:ADDRESS or slack:TEAM/CHANNEL, several times; replaces what was there", several)
    .option("--no-page", "page by webhook alone")
    .option("--label <name>", "which label makes an issue on GitHub a ticket")
    .option("--quiet <on|off>", "on: notices to clients wait for the hours of work")
    .action(
      async ({
        tenant,
        json,
        owner,
        page,
        quiet,
        label,
      }: Options & {
        readonly owner?: string;
        readonly page?: readonly string[] | false;
        readonly quiet?: string;
        readonly label?: string;
      }) => {
        if (quiet !== undefined && quiet !== "on" && quiet !== "off") return refuse(["--quiet is on or off."], json);
        const pages = page === false ? [] : Array.isArray(page) ? page : null;
        const given = {
          owner: owner ?? null,
          label: label ?? null,
          pages,
          quiet: quiet === undefined ? null : quiet === "on",
        };
        told(await ports.setDesk({ tenant: tenant ?? null, ...given }), json);
      },
    );
}
