import type { Command } from "commander";
import { CLOSE_REASONS, ticketDocument, type CloseReason } from "#tickets";
import { printable, printableJson } from "../audit/printable.ts";
import { refusing, type Register } from "../command.ts";
import { acting } from "./acting.ts";
import { calendar } from "./calendar.ts";
import { clock } from "./clock.ts";
import { desk } from "./desk.ts";
import { linking } from "./link.ts";
import { ofClient, ofTicket, type Options } from "./options.ts";
import type { TicketPorts } from "./ports.ts";
import { lineOf, textOf } from "./text.ts";

export type { AskedAct, Done, OfTicket, TicketPorts } from "./ports.ts";

const REASONS = CLOSE_REASONS.filter((reason) => reason !== "aged_out");
const isReason = (text: string): text is Exclude<CloseReason, "aged_out"> => REASONS.some((reason) => reason === text);

export function ticket(ports: TicketPorts): Register {
  return (program, terminal) => {
    const refuse = refusing(terminal);
    const group = program
      .command("ticket")
      .description("Work for clients: whose move it is, who owns it, and what happens next by itself.");

    group
      .command("list")
      .description("Open tickets, the next automatic act first.")
      .option("--tenant <prefix>", "only this client's; left out: every client's")
      .option("--owner <login>", "only this person's")
      .option("--all", "those that are over, too")
      .option("--json", "for programs")
      .action(async ({ tenant, owner, all, json }: Options & { readonly owner?: string; readonly all?: boolean }) => {
        const answer = await ports.list({ tenant: tenant ?? null, owner: owner ?? null, all: all === true });
        if (answer.kind === "refused") return refuse(answer.problems, json);
        if (json === true)
          return terminal.out(
            printableJson(
              answer.tickets.map((each) => ticketDocument(each)),
              0,
            ),
          );
        if (answer.tickets.length === 0) terminal.out("No ticket is open.");
        for (const each of answer.tickets) terminal.out(printable(lineOf(each)));
        if (answer.suspended.length > 0)
          terminal.out(
            printable(
              `Not among them: tickets of ${answer.suspended.join(", ")}, suspended; their clocks stand still. Take a client back with: countersign tenant reinstate PREFIX --reason TEXT`,
            ),
          );
      });

    const shown = (name: "show" | "why", command: Command, description: string): void => {
      ofTicket(command)
        .description(description)
        .action(async (named: string, { tenant, json }: Options) => {
          const answer = await ports.show({ tenant: tenant ?? null, ticket: named });
          if (answer.kind === "refused") return refuse(answer.problems, json);
          const whole = answer.ticket;
          if (json === true)
            return terminal.out(
              printableJson(name === "why" ? { name: whole.name, why: whole.why } : ticketDocument(whole)),
            );
          for (const line of name === "why" ? whole.why : textOf(whole)) terminal.out(printable(line));
        });
    };
    shown("show", group.command("show"), "One ticket with everything that was said on it.");
    shown("why", group.command("why"), "What happens next to it, and which events made it so.");

    ofClient(group.command("open").description("Open a ticket. It is the default owner's, and its clock runs."))
      .requiredOption("--title <text>", "one line")
      .requiredOption("--text <text>", "what it is about")
      .option("--customer <name>", "who it is for; left out: it is of ours")
      .option("--mail <address>", "the customer's address: questions go there")
      .action(
        async ({
          tenant,
          json,
          title,
          text,
          customer,
          mail,
        }: Options & {
          readonly title: string;
          readonly text: string;
          readonly customer?: string;
          readonly mail?: string;
        }) => {
          const named = customer ?? mail;
          const who = named === undefined ? null : { name: named, address: mail ?? null };
          const answer = await ports.open({ tenant: tenant ?? null, title, text, customer: who });
          if (answer.kind === "refused") return refuse(answer.problems, json);
          terminal.out(json === true ? JSON.stringify(answer) : printable(`${answer.name} is open.`));
        },
      );

    const act = acting(terminal, ports);
    const verb = (command: Command, description: string): Command =>
      ofTicket(command).description(`${description} Status 1: nothing was changed.`);
    type Texted = Options & { readonly text?: string };

    verb(
      group.command("ask"),
      "Ask the client, where it spoke last. From then on the ticket waits for it: a day, three days, seven days.",
    )
      .requiredOption("--text <question>", "what the client is to read")
      .action((named: string, options: Options & { readonly text: string }) =>
        act(named, options, { kind: "ask", text: options.text }),
      );
    verb(group.command("reply"), "Tell the client something. Whose move it is stays as it is.")
      .requiredOption("--text <text>", "what the client is to read")
      .action((named: string, options: Options & { readonly text: string }) =>
        act(named, options, { kind: "reply", text: options.text }),
      );
    for (const [kind, command, description] of [
      ["triage", group.command("triage"), "Say that somebody has looked at it."],
      ["start", group.command("start"), "Say that somebody works on it."],
      ["resolve", group.command("resolve"), "Say that it is done. A word of the client's opens it again."],
      ["reopen", group.command("reopen"), "Open it again."],
    ] as const)
      verb(command, description)
        .option("--text <text>", "also tell the client this")
        .action((named: string, options: Texted) => act(named, options, { kind, text: options.text ?? null }));
    verb(group.command("close"), "Close it for a reason. A word of the client's within 30 days opens it again.")
      .requiredOption("--reason <reason>", REASONS.join(", "))
      .option("--text <text>", "also tell the client this")
      .action((named: string, options: Texted & { readonly reason: string }) => {
        const { reason, text } = options;
        if (!isReason(reason)) return refuse([`--reason is one of ${REASONS.join(", ")}.`], options.json);
        return act(named, options, { kind: "close", reason, text: text ?? null });
      });
    verb(group.command("reassign"), "Give it to somebody of the client's people.")
      .requiredOption("--to <login>", "from countersign person list")
      .action((named: string, options: Options & { readonly to: string }) =>
        act(named, options, { kind: "reassign", login: options.to }),
      );
    verb(
      group.command("trust"),
      "You have read it: what looked like instructions to an agent is none. Agents may act on it again, as their rules say.",
    )
      .requiredOption(
        "--read <messages>",
        "how many you have read, as ticket show says: what came later is trusted by nobody",
      )
      .action((named: string, options: Options & { readonly read: string }) => {
        if (!/^\d{1,6}$/.test(options.read))
          return refuse(["--read is how many messages you have read, as ticket show says."], options.json);
        return act(named, options, { kind: "trust", read: Number(options.read) });
      });
    linking(group, terminal, ports);
    desk(group, terminal, ports);
    calendar(group, terminal, ports);
    clock(group, terminal, ports);
  };
}
