export { claimClock, claimDue, type Due } from "./claim.ts";
export { believeClock, clockState, type ClockState } from "./clock.ts";
export { hasPages } from "./desk.ts";
export { clockEntry } from "./entries.ts";
export { besidePulls } from "./links.ts";
export { freeze, thaw } from "./freeze.ts";
export { setHours, type SetHours } from "./hours.ts";
export { handOver, orphans, type Handed } from "./owners.ts";
export { createPass, type PassDeps, type Passed } from "./pass.ts";
export { ownerPlaces } from "./say.ts";
export { setDesk, showDesk, type SetDesk, type ShownDesk } from "./settings.ts";
export { createTickets } from "./tickets.ts";
export type {
  Acted,
  Actor,
  LastSignal,
  PullRef,
  PullRequests,
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
