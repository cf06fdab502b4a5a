export { claimClock, claimDue, type Due } from "./claim.ts";
export { freeze, thaw } from "./freeze.ts";
export { handOver, type Handed } from "./owners.ts";
export { createPass, type PassDeps, type Passed } from "./pass.ts";
export { createTickets } from "./tickets.ts";
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
export { isStaff } from "./sources/staff.ts";
export type { SourceTickets } from "./sources/types.ts";
