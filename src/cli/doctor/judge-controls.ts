// Whether agents are stopped: what nobody remembers having stopped looks like a fault.

import type { Findings } from "./findings.ts";
import { ifKnown, ok, warn, type Line } from "./line.ts";

export function judgeControls({ controls }: Pick<Findings, "controls">): readonly Line[] {
  return ifKnown(
    controls,
    "The kill switch",
    "Until it can be read, everything counts as killed. See the lines about the database.",
    (found) => {
      const { environment, platform, narrower, breakers } = found;
      const open = breakers.filter((each) => each.open > 0);
      const lines = [
        ...(environment.killed
          ? [
              warn(
                "COUNTERSIGN_KILL_SWITCH=1: a server started here executes nothing.",
                "Unset it and start the server again, if agents are to go on.",
              ),
            ]
          : []),
        ...(environment.explain
          ? [
              warn(
                "COUNTERSIGN_EXPLAIN_MODE=1: a server started here only explains.",
                "Unset it and start the server again, if calls are to be executed.",
              ),
            ]
          : []),
        ...(platform ? [warn("All agents are stopped.", "See by whom and why: countersign control status")] : []),
        ...(narrower > 0
          ? [
              warn(
                narrower === 1
                  ? "One client, agent or repository is stopped."
                  : `${narrower} clients, agents or repositories are stopped.`,
                "See which, by whom and why: countersign control status",
              ),
            ]
          : []),
        ...open.map(({ prefix, open: count }) =>
          warn(
            count === 1
              ? `The circuit breaker of one of ${prefix}'s agents is open: it waits for a person.`
              : `The circuit breakers of ${count} of ${prefix}'s agents are open: they wait for a person.`,
            `countersign control status --tenant ${prefix}`,
          ),
        ),
      ];
      return lines.length > 0 ? lines : [ok("Nobody has stopped an agent, and no circuit breaker is open.")];
    },
  );
}
