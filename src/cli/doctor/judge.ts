// Findings to lines: pure, so that each sentence has its test.

import { iso } from "#kernel";
import type { DatabaseFinding, Findings, Grants, Installation, RepositoryFinding } from "./findings.ts";
import { judgeApp, judgeClock, judgeDeliveries, judgeHook, shortOf } from "./judge-app.ts";
import { judgeApprovers } from "./judge-approvers.ts";
import { judgeChannels } from "./judge-channels.ts";
import { judgeControls } from "./judge-controls.ts";
import { judgeKeys } from "./judge-keys.ts";
import { judgeLeases } from "./judge-leases.ts";
import { judgeLog } from "./judge-log.ts";
import { judgeLogins } from "./judge-logins.ts";
import { judgeRules } from "./judge-rules.ts";
import { judgeDesks, judgeTickets } from "./judge-tickets.ts";
import { judgeSources } from "./judge-sources.ts";
import { judgeDisk, judgeEstate, judgeMonths, judgeSandbox } from "./judge-room.ts";
import { fail, ifKnown, ok, warn, type Line } from "./line.ts";

function judgeInstallation(one: Installation, wanted: Grants): readonly Line[] {
  const name = `The installation on ${one.account} (${one.id})`;
  if (one.suspended)
    return [warn(`${name} is suspended.`, "Unsuspend it in the account's settings, or leave it if that was meant.")];
  const lacking = shortOf(one.permissions, wanted);
  if (!one.bound.known)
    return [fail(`${name}: its tenant could not be read: ${one.bound.why}`, "See the lines about the database.")];
  return [
    one.bound.value
      ? ok(`${name} belongs to an active tenant.`)
      : warn(
          `${name} belongs to no active tenant: its deliveries are answered and dropped.`,
          `countersign tenant onboard PREFIX --installation ${one.id}. If its client is suspended (countersign tenant list), that was meant.`,
        ),
    ...(lacking.length === 0
      ? []
      : [
          fail(
            `${name} has not accepted the App's newer permissions: ${lacking.join(", ")}.`,
            "An owner of the account accepts them under Settings, GitHub Apps.",
          ),
        ]),
    ...(one.bound.value ? judgePolicyRepository(one) : []),
  ];
}

/** A private `.github` outside the installation looks to us like none: its stricter rules would not apply, silently (G3). */
function judgePolicyRepository({ account, policyRepository: found }: Installation): readonly Line[] {
  if (!found.known)
    return [
      fail(
        `Whether ${account}/.github can be read is not known: ${found.why}`,
        "Run doctor again; until it can be read no pull request passes.",
      ),
    ];
  switch (found.value) {
    case "reached":
      return [ok(`${account}/.github is part of the installation: a merge-gate.yml in it applies.`)];
    case "none":
      return [ok(`${account} has no .github repository, so each repository's own rules apply.`)];
    case "not_selected":
      return [
        warn(
          `${account}/.github is not part of the installation. If it is private, a merge-gate.yml in it does not apply.`,
          `Add it in the account's settings (Installed GitHub Apps, repository access), if it exists.`,
        ),
      ];
  }
}

function judgeInstallations({ installations, wanted }: Findings): readonly Line[] {
  return ifKnown(installations, "The installations", "Check APP_ID and the key.", (found) =>
    found.length === 0
      ? [
          warn(
            "The App is installed nowhere.",
            "Install it from the App's public page on the repositories to supervise.",
          ),
        ]
      : found.flatMap((one) => judgeInstallation(one, wanted.permissions)),
  );
}

/** GitHub's list does not show what was uninstalled; the tenant still has it. */
function judgeLost({ lost }: Findings): readonly Line[] {
  return ifKnown(lost, "Installations that clients have lost", "See the lines about the database.", (found) =>
    found.map(({ prefix, installation, state }) =>
      state === "gone"
        ? warn(
            `${prefix}: its installation ${installation} was uninstalled at GitHub. Nothing of it is decided any more.`,
            `Ask the client. If the App is installed again, bind the new installation: countersign tenant onboard ${prefix} --installation ID. If that was meant: countersign tenant suspend ${prefix} --reason TEXT`,
          )
        : warn(
            `${prefix}: its installation ${installation} is suspended at GitHub. Nothing of it is decided until it is taken back there.`,
            "An owner of the account takes it back under Settings, GitHub Apps.",
          ),
    ),
  );
}

function judgeUninstalled({ uninstalled }: Findings): readonly Line[] {
  return ifKnown(uninstalled, "Clients that uninstalled the App", "See the lines about the database.", (found) =>
    found.map(({ prefix, decideBy }) =>
      warn(
        `${prefix} uninstalled the App. Its access is shut, nothing of it is erased; decide until ${iso(decideBy).slice(0, 10)}.`,
        `Ask the client. It stays: countersign tenant reinstate ${prefix} --reason TEXT, then tenant onboard ${prefix} --installation ID with the new installation. It leaves: countersign tenant offboard ${prefix} --reason TEXT`,
      ),
    ),
  );
}

function judgeRepository({ name, defects, updatesRestricted }: RepositoryFinding): readonly Line[] {
  if (!defects.known)
    return [
      fail(
        `${name}: its rulesets could not be read: ${defects.why}`,
        "Where GitHub refused with 403 or 404, grant the App administration: read. Then run doctor again.",
      ),
    ];
  if (defects.value.length > 0) {
    return [
      fail(
        `${name} is not protected. ${defects.value.join(" ")}`,
        "Add a ruleset without bypass actors that requires a pull request and the check countersign from this App, and blocks force-pushes and deletion.",
      ),
    ];
  }
  return [
    updatesRestricted
      ? ok(`${name} is protected, and only Countersign may update its default branch.`)
      : warn(
          `${name} is protected; others than Countersign may still press merge once the check passes.`,
          "Recommended: a second ruleset that restricts updates, with this App as its only bypass actor.",
        ),
  ];
}

function judgeGuards(guards: DatabaseFinding["guards"]): readonly Line[] {
  return ifKnown(guards, "The audit log's guards", "See docs/runbooks/break-glass.md.", ({ drift, refusing }) => {
    if (drift > 0)
      return [
        fail(
          `The audit log's guards differ from what is expected, in ${drift} line(s).`,
          "Find out who did it: countersign audit fingerprint",
        ),
      ];
    return [
      refusing
        ? ok("The audit log's guards are as expected, and DDL that would change them is refused.")
        : warn(
            "The audit log's guards are as expected. This server allows no event triggers: changes are found within seconds, not refused.",
            "Where you can, run countersign migrate as a superuser.",
          ),
    ];
  });
}

export function judgeDatabase({
  database,
  settings,
}: Pick<Findings, "database"> & {
  readonly settings: Pick<Findings["settings"], "adminUrlPresent" | "production" | "embeddedDatabase">;
}): readonly Line[] {
  const environment =
    settings.adminUrlPresent && !settings.embeddedDatabase
      ? [
          warn(
            "DATABASE_ADMIN_URL is in this environment. The server does not need the owner's login.",
            "Give it to `countersign migrate` only.",
          ),
        ]
      : [];
  return [
    ...environment,
    ...ifKnown(
      database,
      "The database",
      "If it is new or older than this program: countersign migrate",
      (found: DatabaseFinding) => [
        ok(`The database is of this program's version, and its user ${found.role} is held by row-level security.`),
        found.auditExcess.length === 0
          ? ok("The server can append to the audit log and nothing else.")
          : fail(
              `The server's database user may ${found.auditExcess.join(", ")}: the log is not append-only.`,
              "Revoke that, or run: countersign migrate",
            ),
        ...(found.auditTriggersOff.length === 0
          ? []
          : [
              fail(
                `Guards of the audit log are switched off: ${found.auditTriggersOff.join(", ")}.`,
                "Find out who did it. Then: countersign migrate",
              ),
            ]),
        ...judgeGuards(found.guards),
        ...judgeMonths(found.monthsAhead),
        found.claimAccepted === null
          ? warn(
              "There is no tenant yet, so the claim key is not proven.",
              "countersign tenant onboard PREFIX --installation ID",
            )
          : found.claimAccepted
            ? ok("The claim key matches the database.")
            : fail(
                "The database does not accept claims signed with this claim key.",
                "Give the server the CLAIM_KEY that `countersign migrate` was given, or run migrate again with this one.",
              ),
        ...(found.verifierBlind
          ? [
              warn(
                "This server does not let roles bypass row-level security: offline verification sees no tenant.",
                "Verify from a restored copy on a PostgreSQL of your own.",
              ),
            ]
          : []),
        ...(settings.embeddedDatabase && settings.production
          ? [fail("Production on embedded PostgreSQL.", "Set DATABASE_URL.")]
          : []),
      ],
    ),
  ];
}

export function judge(findings: Findings): readonly Line[] {
  return [
    ...judgeDatabase(findings),
    ...judgeLogins(findings),
    ...judgeLog(findings),
    ...judgeKeys(findings),
    ...judgeLeases(findings),
    ...judgeControls(findings),
    ...judgeRules(findings),
    ...judgeApprovers(findings),
    ...judgeTickets(findings),
    ...judgeDesks(findings),
    ...judgeChannels(findings),
    ...judgeSources(findings),
    ...judgeEstate(findings),
    ...judgeDisk(findings),
    ...judgeSandbox(findings),
    ...judgeApp(findings),
    ...judgeClock(findings),
    ...judgeHook(findings),
    ...judgeDeliveries(findings),
    ...judgeInstallations(findings),
    ...judgeLost(findings),
    ...judgeUninstalled(findings),
    ...ifKnown(findings.repositories, "The repositories", "Check the App's permissions.", (found) =>
      found.flatMap(judgeRepository),
    ),
  ];
}

/** 0: all well; 1: something to look at; 2: something does not work. */
export function exitStatus(lines: readonly Line[]): 0 | 1 | 2 {
  if (lines.some(({ status }) => status === "fail")) return 2;
  return lines.some(({ status }) => status === "warn") ? 1 : 0;
}
