export { createBreaker, openBreakers, type OnTrip } from "./breaker.ts";
export { createBudgets } from "./budgets.ts";
export { openKillSwitch, type KillSwitchParts } from "./kill-switch.ts";
export { countKills, kill, killOwn, listKills, ownKills, type Stop, type StopAccess, type Stopped } from "./kill.ts";
export { rearm, type Rearm, type Rearmed } from "./rearm.ts";
