// Whether somebody can say yes at all: a request that nobody may answer is denied when its time is over, and looks like a person's silence.

import type { Findings } from "./findings.ts";
import { ifKnown, ok, warn, type Line } from "./line.ts";

export const judgeApprovers = ({ approvers }: Pick<Findings, "approvers">): readonly Line[] =>
  ifKnown(approvers, "Who approves", "See the lines about the database.", (clients) =>
    clients.length === 0
      ? [ok("For every agent there is somebody who may approve.")]
      : clients.map(({ prefix, agents }) =>
          warn(
            `Nobody may approve what ${agents.join(", ")} of ${prefix} ask${agents.length === 1 ? "s" : ""}: every call that waits for a person ends as a no.`,
            `countersign person add LOGIN --tenant ${prefix} --role approver, somebody else than the person it acts for`,
          ),
        ),
  );
