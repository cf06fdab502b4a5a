// Keys are replaced every 90 days. K5: what is overdue fails: it is an alarm of a running server, and keeps `migrate`, and a deployment that asks
// doctor first, from happening.

import type { Findings, KeyFinding } from "./findings.ts";
import { fail, ifKnown, ok, warn, type Line } from "./line.ts";

const WARN_DAYS = 80;
const OVERDUE_DAYS = 91;

export const judgeKeys = ({ keys }: Pick<Findings, "keys">): readonly Line[] =>
  ifKnown(
    keys,
    "The tenants' keys",
    "Put KEYS_DIR back from its backup, where it is gone; or see the lines about the database.",
    (found) => {
      const lines = found.flatMap(judgeTenant);
      return [
        ...found.flatMap(judgeClosed),
        ...(lines.length === 0 ? [ok("No tenant's key is older than it should be.")] : lines),
      ];
    },
  );

const judgeClosed = ({ prefix, closed }: KeyFinding): readonly Line[] =>
  closed === null
    ? []
    : [
        fail(
          `Nothing of ${prefix} can be read or written. ${closed}`,
          "Put it back from the backup of KEYS_DIR (or of Vault, or the HSM), or enable it there; nothing makes it again (docs/runbooks/keys.md).",
        ),
      ];

/** A sentence for each, with what to do: they block a deployment. */
export const overdueKeys = (found: readonly KeyFinding[]): readonly string[] =>
  found
    .flatMap(judgeTenant)
    .flatMap(({ status, what, next }) => (status === "fail" ? [`${what}${next === null ? "" : ` ${next}`}`] : []));

function judgeTenant({ prefix, kek, env, unrevoked }: KeyFinding): readonly Line[] {
  return [
    ...judgeAge(`The key of ${prefix}`, kek, `countersign tenant rotate ${prefix}`),
    ...judgeAge(`The key that seals the credentials of ${prefix}`, env, `countersign secret rotate ${prefix}`),
    ...(unrevoked === 0
      ? []
      : [
          fail(
            `${unrevoked} credentials of ${prefix} should have been revoked where they came from, after its keys were replaced.`,
            `Run: countersign tenant revocations ${prefix}`,
          ),
        ]),
  ];
}

function judgeAge(what: string, days: number | null, command: string): readonly Line[] {
  if (days === null || days < WARN_DAYS) return [];
  const said = `${what} is ${days} days old; after 90 it should have been replaced.`;
  return [days >= OVERDUE_DAYS ? fail(said, `Run: ${command}`) : warn(said, `Run: ${command}`)];
}
