// The clock by which tickets are closed (T6, T7).

import type { Findings } from "./findings.ts";
import { ifKnown, ok, warn, type Line } from "./line.ts";

export const judgeTickets = ({ ticketClock }: Findings): readonly Line[] =>
  ifKnown(ticketClock, "The clock of tickets", "See the lines about the database.", (doubt) => [
    doubt === null
      ? ok("The database's clock is believed: tickets are warned and closed by it.")
      : warn(
          `No ticket is closed for silence: ${doubt}`,
          "Look at the clock of the database's machine, then: countersign ticket clock believe",
        ),
  ]);
