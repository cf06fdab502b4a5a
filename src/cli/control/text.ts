// What the commands about controls say.

import { BUDGET_KINDS, type Scope, type Standing } from "#controls";
import type { Stop } from "#controls/io";
import { iso } from "#kernel";
import { printable } from "../audit/printable.ts";
import { named, type Names } from "../named.ts";
import type { ControlStatus, OpenBreaker } from "./ports.ts";

function scoped(scope: Scope, prefix: string | null, names: Names): string {
  const tenant = prefix ?? "a tenant";
  switch (scope.kind) {
    case "platform":
      return "the platform";
    case "tenant":
      return `tenant ${tenant}`;
    case "agent":
      return `agent ${named(scope.agent, names)} of ${tenant}`;
    case "repository":
      return `repository ${scope.repository} of ${tenant}`;
  }
}

/** As an option of `control rearm`. */
function option(scope: Scope, prefix: string | null): string {
  const tenant = `--tenant ${prefix ?? "PREFIX"}`;
  switch (scope.kind) {
    case "platform":
      return "--platform";
    case "tenant":
      return tenant;
    case "agent":
      return `${tenant} --agent ${scope.agent}`;
    case "repository":
      return `${tenant} --repository ${scope.repository}`;
  }
}

const killLines = ({ scope, prefix, by, since, reason }: Stop, names: Names): readonly string[] => [
  printable(`STOPPED  ${scoped(scope, prefix, names)}  since ${iso(since)}, by ${named(by, names)}`),
  printable(`  reason:       ${reason}`),
  `  start again:  countersign control rearm ${option(scope, prefix)} --reason TEXT   (needs a second operator)`,
];

const breakerLines = ({ agent, prefix, since, window }: OpenBreaker, names: Names): readonly string[] => [
  printable(
    `OPEN     the circuit breaker of agent ${named(agent, names)} of ${prefix}  since ${iso(since)}, at ${window.updates} updates and ${(window.cents / 100).toFixed(2)} USD`,
  ),
  `  what it did:  countersign audit log --tenant ${prefix} --actor agent:${agent}`,
  `  reset it:     countersign control breaker reset --tenant ${prefix} --agent ${agent} --reason TEXT`,
];

export function statusLines({ environment, kills, breakers, names }: ControlStatus): readonly string[] {
  return [
    ...(environment.killed
      ? ["STOPPED  COUNTERSIGN_KILL_SWITCH=1 in this environment: a server started with it executes nothing."]
      : []),
    ...(environment.explain
      ? ["EXPLAIN  COUNTERSIGN_EXPLAIN_MODE=1 in this environment: a server started with it only explains."]
      : []),
    ...kills.flatMap((each) => killLines(each, names)),
    ...breakers.flatMap((each) => breakerLines(each, names)),
    ...(kills.length + breakers.length === 0 && !environment.killed
      ? [
          "Nobody has stopped anything, and no circuit breaker is open. What a server was started with (COUNTERSIGN_KILL_SWITCH, COUNTERSIGN_EXPLAIN_MODE) its own log says.",
        ]
      : []),
  ];
}

export const statusJson = ({ environment, kills, breakers, names }: ControlStatus): string =>
  JSON.stringify({
    environment,
    kills: kills.map((each) => ({ ...each, since: iso(each.since) })),
    breakers: breakers.map((each) => ({ ...each, since: iso(each.since) })),
    names: Object.fromEntries(names),
  });

export const killedLines = ({ already }: { readonly already: boolean }, target: string): readonly string[] => [
  already
    ? "Stopped. It was stopped before: yours is one more reason, and each has to be taken back."
    : "Stopped, in every running server within a second.",
  `Start again, with a second operator: countersign control rearm ${printable(target)} --reason TEXT`,
];

export const standingLines = ({ limits, used, set }: Standing): readonly string[] =>
  BUDGET_KINDS.map(
    (kind) =>
      `${kind.padEnd(12)} ${used[kind].toLocaleString("en").padStart(16)} of ${limits[kind].toLocaleString("en").padStart(16)}${set.includes(kind) ? "  (set)" : ""}`,
  );
