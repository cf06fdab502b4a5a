export { claimClock, claimDue, type Due } from "./claim.ts";
