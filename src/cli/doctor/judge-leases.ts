// Leases: whether somebody answers who ends them, and which of them nobody ended.

import type { Findings } from "./findings.ts";
import { fail, ifKnown, ok, type Line } from "./line.ts";

const START =
  "Start the server, which starts its lease broker, or `countersign lease broker`; its log says why it ended.";

export function judgeLeases({ leases: { broker, open } }: Findings): readonly Line[] {
  const answers = ifKnown(broker, "The lease broker", START, (has) => [
    // No warning: it comes with the server. What is on lease without it is told below.
    ok(
      has
        ? "The lease broker answers."
        : "No lease broker runs here: it comes with the server, and nothing is leased until then.",
    ),
  ]);
  const left = ifKnown(open, "The leases", "See the lines about the database.", (found) =>
    found.flatMap(({ prefix, irrevocable, overdue }) => [
      ...(irrevocable === 0
        ? []
        : [
            fail(
              `${irrevocable} leases of ${prefix} could not be revoked: what they hold may live on at its provider.`,
              `See until when: countersign lease list --tenant ${prefix}. Suspend the installation or the login there. Try again: countersign lease revoke ${prefix}`,
            ),
          ]),
      ...(overdue === 0
        ? []
        : [fail(`${overdue} leases of ${prefix} are past their minute, and no lease broker has ended them.`, START)]),
    ]),
  );
  return [...answers, ...left];
}
