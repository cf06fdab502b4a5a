export { parseCalendar, workAfter, workBetween, type Calendar } from "./calendar.ts";
export { breachAt, clocks } from "./clocks.ts";
export { decide, thawed, type Act, type Decided, type Sender } from "./decide.ts";
export { closeAt, deadlineOf, nextOf, STAGES, type Claimed } from "./stages.ts";
export * from "./types.ts";
