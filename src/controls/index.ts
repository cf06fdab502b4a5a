export {
  MOST_CENTS,
  MOST_UPDATES,
  type Actor,
  type Admission,
  type Admitted,
  type Batch,
  type Breaker,
  type BreakerFacts,
  type Opened,
  type Reset,
} from "./breaker.ts";
export {
  BUDGET_KINDS,
  type Amounts,
  type BudgetKind,
  type Budgets,
  type Settle,
  type Standing,
  type Take,
  type Taken,
} from "./budget.ts";
export { handsFor, handsOf, type Hands, type LiveHands } from "./explain.ts";
export type { KillSwitch } from "./kill-switch.ts";
export { covers, type Killed, type Scope, type Where } from "./scope.ts";
export { stoppedMessage } from "./trip.ts";
export { whenKilled } from "./when-killed.ts";
