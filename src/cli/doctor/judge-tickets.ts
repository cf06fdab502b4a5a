// The clock by which tickets are closed (T6, T7), whose they are (T15), and whether their owners hear of anything.

import type { Findings } from "./findings.ts";
import { fail, ifKnown, ok, warn, type Line } from "./line.ts";

const NEXT = "See the lines about the database.";

export const judgeTickets = ({
  ticketClock,
  ticketOwners,
}: Pick<Findings, "ticketClock" | "ticketOwners">): readonly Line[] => [
  ...ifKnown(ticketClock, "The clock of tickets", NEXT, (doubt) => [
    doubt === null
      ? ok("The database's clock is believed: tickets are warned and closed by it.")
      : warn(
          `No ticket is closed for silence: ${doubt}`,
          "Look at the clock of the database's machine, then: countersign ticket clock believe",
        ),
  ]),
  ...ifKnown(ticketOwners, "Whose tickets are", NEXT, (clients) =>
    clients.length === 0
      ? [ok("Every open ticket is somebody's who is there.")]
      : clients.map(({ prefix, unowned }) =>
          fail(
            `${unowned === 1 ? "1 open ticket" : `${unowned} open tickets`} of ${prefix} belong${unowned === 1 ? "s" : ""} to somebody who left: nobody hears when time is over.`,
            `countersign person add LOGIN --tenant ${prefix} --role operator, where nobody is left; then countersign ticket desk set --tenant ${prefix} --owner LOGIN, which gives them to that person`,
          ),
        ),
  ),
];

/** Apart from the others: the demo's owners are paged nowhere, and that is no finding there. */
export const judgeDesks = ({ pagedNowhere }: Pick<Findings, "pagedNowhere">): readonly Line[] =>
  ifKnown(pagedNowhere, "Where owners are paged", NEXT, (clients) =>
    clients.length === 0
      ? [ok("Every client's owners are paged somewhere.")]
      : clients.map((prefix) =>
          warn(
            `Owners of ${prefix} are paged nowhere: no place is set, and no webhook hears of it. Nobody is told when a ticket's time is over.`,
            `countersign ticket desk set --tenant ${prefix} --page mail:ADDRESS, or --page slack:TEAM/CHANNEL; or countersign webhook add https://... --tenant ${prefix} --event ticket.page`,
          ),
        ),
  );
