// The rules that clients' agents work under: a slip in a file is not seen until a server starts anew, and then by agents.

import type { Findings } from "./findings.ts";
import { fail, ifKnown, ok, warn, type Line } from "./line.ts";

export const judgeRules = ({ rules, opa }: Pick<Findings, "rules" | "opa">): readonly Line[] => [
  ...judgeOpa(opa),
  ...ifKnown(rules, "Clients' rules", "See the lines about the database.", (found) =>
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
  ),
];

function judgeOpa(opa: Findings["opa"]): readonly Line[] {
  if (opa === null) return [];
  const [problem] = opa.problems;
  return [
    problem === undefined
      ? ok(`The policy server at ${opa.url} answers, in place of Countersign's own rules.`)
      : fail(
          `The policy server at ${opa.url} decides in place of Countersign's own rules, and no call is carried out now: ${problem}`,
          "See that it runs and answers the document of docs/policy.md (countersign policy explain --opa), or unset OPA_URL and start the server again.",
        ),
  ];
}
