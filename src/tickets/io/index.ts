export { claimClock, claimDue, type Due } from "./claim.ts";
export type {
  Acted,
  Actor,
  LastSignal,
  OfTickets,
  StaffAct,
  Tell,
  TicketFilter,
  TicketRef,
  Tickets,
  TicketsDeps,
} from "./types.ts";
export { createGithubSource, type GithubSource, type GithubSourceParts } from "./sources/github.ts";
export type { SourceTickets } from "./sources/types.ts";
