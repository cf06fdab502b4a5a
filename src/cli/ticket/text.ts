import { iso } from "#kernel";
import { clientOf, lasting, stateWords, trustHint, type Said, type TicketView, type TicketWhole } from "#tickets";
import type { ClockState, ShownDesk } from "#tickets/io";
import type { ShownAtDesk } from "./ports.ts";

const NOTHING_MORE = "nothing more happens by itself";

const LOOK = "an agent says it is solved: resolve it, or reopen it";

const nextOf = ({ next, frozen, closed, state, solvedByAgent }: TicketView): string =>
  next?.words ??
  (solvedByAgent ? LOOK : null) ??
  (frozen ? "its clocks stand still" : `${stateWords(state)}${closed === null ? "" : ` (${closed.reason})`}`);

export const lineOf = (view: TicketView): string =>
  `${view.name}  ${nextOf(view)}  ${stateWords(view.state)}  ${view.owner.login}  ${view.title}`;

export function textOf(ticket: TicketWhole): readonly string[] {
  const { customer, repository, follows, conversations, pulls, said, clocks } = ticket;
  return [
    `${ticket.name}  ${ticket.title}`,
    `${stateWords(ticket.state)}, ${ticket.owner.login}'s, opened ${iso(ticket.openedAt)}, id ${ticket.ticket}`,
    `Next: ${ticket.next?.words ?? (ticket.solvedByAgent ? LOOK : NOTHING_MORE)}`,
    `Our time: ${lasting(clocks.ours)} of ${lasting(clocks.target)} of working hours`,
    ...(customer === null
      ? []
      : [`From: ${customer.name}${customer.address === null ? "" : ` <${customer.address}>`}`]),
    ...(ticket.suspected
      ? [
          "Read it before an agent does: something on it looks like instructions to one. What agents ask about it waits for a person.",
          trustHint(ticket),
        ]
      : []),
    ...(ticket.trustedAt === null
      ? []
      : [
          `Read and trusted ${iso(ticket.trustedAt)}: countersign audit log --tenant ${clientOf(ticket.name) ?? ""} --kind ticket.trust says by whom`,
        ]),
    ...(repository === null ? [] : [`Repository: ${repository}`]),
    ...(follows === null ? [] : [`It goes on from number ${follows}, which was closed.`]),
    ...conversations.map(({ channel, conversation, gone }) => `On ${channel}: ${conversation}${gone ? " (gone)" : ""}`),
    ...pulls.map(
      ({ name, repository: id, number, state }) => `Pull request: ${name ?? id}#${number} (${state ?? "not seen yet"})`,
    ),
    ...said.flatMap(messageOf),
  ];
}

const messageOf = ({ at, channel, sender, from, text, findings }: Said): readonly string[] => [
  "",
  `${iso(at)}  ${from.name} (${sender.replace("_", " ")}, ${channel})`,
  ...seenLine(findings),
  ...text.split("\n").map((line) => `  ${line}`),
];

const KINDS = { injection: "instructions to an agent", secret: "a credential", pii: "personal data" } as const;

function seenLine(findings: Said["findings"]): readonly string[] {
  const kinds = [...new Set(findings.map(({ kind }) => KINDS[kind]))];
  return kinds.length === 0 ? [] : [`  (looks like ${kinds.join(", ")})`];
}

export const deskLines = ({ desk, receivers }: ShownAtDesk): readonly string[] => [
  `New tickets are ${desk.defaultOwner.login}'s.`,
  pagedLine(desk.pages, receivers),
  `The label ${desk.label} makes an issue on GitHub a ticket.`,
  `Notices to clients ${desk.quiet ? "wait for the hours of work" : "go out at any hour"}.`,
  ...hoursLines(desk.hours),
];

const SET_PAGE = "countersign ticket desk set --page mail:ADDRESS, or --page slack:TEAM/CHANNEL";

function pagedLine(pages: readonly string[], receivers: number): string {
  const hooks = `by webhook (event ticket.page, ${receivers === 1 ? "1 receiver" : `${receivers} receivers`})`;
  if (pages.length > 0) return `Owners are paged at ${pages.join(", ")}${receivers === 0 ? "" : `, and ${hooks}`}.`;
  return receivers === 0
    ? `Owners are paged NOWHERE: no place is set, and no webhook hears of it. Set one: ${SET_PAGE}`
    : `Owners are paged ${hooks} alone. Set a place, too: ${SET_PAGE}`;
}

export const hoursLines = ({ version, calendar, target }: ShownDesk["hours"]): readonly string[] => [
  `Hours of work, version ${version}, ${calendar.zone}; the owner is paged after ${lasting(target)} of them:`,
  ...Object.entries(calendar.week).map(
    ([day, hours]) => `  ${day.padEnd(9)}  ${hours.map(({ from, to }) => `${from}-${to}`).join(", ") || "-"}`,
  ),
  ...(calendar.holidays.length === 0 ? [] : [`  not on ${calendar.holidays.join(", ")}`]),
];

export const clockLines = ({ seenAt, doubtedAt, why }: ClockState): readonly string[] =>
  doubtedAt === null
    ? [`The database's clock is believed; it was last seen at ${iso(seenAt)}.`]
    : [
        `The database's clock is in doubt since ${iso(doubtedAt)}: ${why ?? "it was set"}`,
        "Nudges go on, and no ticket is closed. Look at the clock of the database's machine, then: countersign ticket clock believe",
      ];
