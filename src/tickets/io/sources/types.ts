// What sources need of tickets.

import type { Tickets } from "../types.ts";

export type SourceTickets = Pick<Tickets, "hear" | "gone">;
