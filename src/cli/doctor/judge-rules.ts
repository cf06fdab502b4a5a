// The rules that clients' agents work under: a slip in a file is not seen until a server starts anew, and then by agents.

import type { Findings } from "./findings.ts";
import { fail, ifKnown, ok, warn, type Line } from "./line.ts";

export const judgeRules = ({ rules }: Pick<Findings, "rules">): readonly Line[] =>
  ifKnown(rules, "Clients' rules", "See the lines about the database.", (found) =>
    found.length === 0
      ? [ok("Every client's rules for agents load.")]
      : found.map(({ prefix, directory, there, problems }) =>
          there
            ? fail(
                `The rules of ${prefix} do not load: ${(problems[0] ?? "").replace(/\.$/, "")}${problems.length > 1 ? `, and ${problems.length - 1} more` : ""}. A server that runs goes by those from before; one that starts anew carries out no call of ${prefix}'s agents.`,
                `countersign policy check ${directory}`,
              )
            : warn(
                `${prefix} has no rules of its own: there is no folder ${directory}. Its agents work by Countersign's own alone.`,
                `If there were rules, put them back; countersign tenant onboard ${prefix} makes some to begin with`,
              ),
        ),
  );
