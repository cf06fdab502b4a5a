// Findings to lines: pure, so that each sentence has its test.

import type { Known } from "#kernel";
import type { DatabaseFinding, Findings, Grants, Installation, RepositoryFinding } from "./findings.ts";

export type Status = "ok" | "warn" | "fail";

export interface Line {
  readonly status: Status;
  readonly what: string;
  /** The next step; null when there is nothing to do. */
  readonly next: string | null;
}

const ok = (what: string): Line => ({ status: "ok", what, next: null });
const warn = (what: string, next: string): Line => ({ status: "warn", what, next });
const fail = (what: string, next: string): Line => ({ status: "fail", what, next });

/** GitHub refuses an App's token that is a minute off; ours are dated a minute back, so this much is harmless. */
const SKEW_WARN_MS = 10_000;
const SKEW_FAIL_MS = 60_000;

function ifKnown<T>(fact: Known<T>, what: string, next: string, judge: (value: T) => readonly Line[]): readonly Line[] {
  return fact.known ? judge(fact.value) : [fail(`${what} could not be read: ${fact.why}`, next)];
}

const LEVELS = ["none", "read", "write", "admin"];
/** Empty when `has` covers `wanted`. */
function shortOf(has: Grants, wanted: Grants): readonly string[] {
  return Object.entries(wanted)
    .filter(([name, level]) => LEVELS.indexOf(has[name] ?? "none") < LEVELS.indexOf(level))
    .map(([name, level]) => `${name}: ${level}`);
}

function judgeApp({ app, settings, wanted }: Findings): readonly Line[] {
  return ifKnown(app, "The App", "Check APP_ID, PRIVATE_KEY and GITHUB_API_URL; the three must belong to the same App.", (found) => {
    const missing = shortOf(found.permissions, wanted.permissions);
    const excess = Object.keys(found.permissions).filter((name) => !(name in wanted.permissions));
    const deaf = wanted.events.filter((event) => !found.events.includes(event));
    return [
      found.id === settings.appId ? ok(`The App is ${found.slug} (${found.id}), and GitHub accepts its key.`) : fail(`The key belongs to App ${found.id}, not to ${settings.appId}.`, "Set APP_ID and the key of the same App."),
      missing.length === 0 ? ok("The App has the permissions it needs.") : fail(`The App lacks permissions: ${missing.join(", ")}.`, "Grant them on the App's settings page (Permissions & events), then accept the change in each installation."),
      ...(excess.length === 0 ? [] : [warn(`The App has permissions that Countersign never uses: ${excess.join(", ")}.`, "Take them away on the App's settings page.")]),
      deaf.length === 0 ? ok("The App hears of every event it needs.") : fail(`The App is not subscribed to: ${deaf.join(", ")}.`, "Subscribe on the App's settings page (Permissions & events). Until then verdicts come only by the sweep every two minutes."),
    ];
  });
}

function judgeHook({ hook, settings }: Findings): readonly Line[] {
  return ifKnown(hook, "The webhook's settings", "Look at the App's settings page, section Webhook.", (found) => [
    found.url === settings.webhookUrl
      ? ok(`GitHub delivers to ${found.url}.`)
      : warn(`GitHub delivers to ${found.url ?? "no address at all"}, but this server expects ${settings.webhookUrl}.`, "If a proxy stands between them this is right. Otherwise correct the webhook URL on the App's settings page, or PUBLIC_URL here."),
    found.secretSet ? ok("The webhook has a secret.") : fail("The webhook has no secret: every delivery is refused.", "Set the value of WEBHOOK_SECRET as the webhook's secret on the App's settings page."),
    ...(found.json ? [] : [fail("The webhook does not send JSON.", "Choose application/json on the App's settings page.")]),
    ...(found.insecureSsl ? [fail("GitHub does not verify this server's certificate.", "Switch SSL verification on, on the App's settings page.")] : []),
  ]);
}

/** The secret itself cannot be read back; whether it matches shows in how deliveries were answered. */
function judgeDeliveries({ deliveries }: Findings): readonly Line[] {
  return ifKnown(deliveries, "The delivery log", "Look at the App's settings page, section Advanced.", (found) => {
    const [newest] = found;
    if (newest === undefined) return [warn("GitHub has delivered nothing yet, so the webhook secret is not proven.", "Press Redeliver on the App's settings page (Advanced), or push a commit, and run doctor again.")];
    const failed = found.filter(({ statusCode }) => statusCode < 200 || statusCode > 299);
    if (newest.statusCode === 401) return [fail("The newest delivery was refused: the webhook secret does not match.", "Set the same secret as WEBHOOK_SECRET and on the App's settings page.")];
    if (newest.statusCode < 200 || newest.statusCode > 299) return [fail(`The newest delivery did not arrive (status ${newest.statusCode}).`, "Check that GitHub can reach the webhook URL through firewall and proxy.")];
    return failed.length === 0
      ? [ok(`The last ${found.length} deliveries arrived, so the secret matches.`)]
      : [warn(`${failed.length} of the last ${found.length} deliveries did not arrive; the newest did, so the secret matches.`, "Nothing: the sweep asks GitHub for them again within minutes.")];
  });
}

function judgeClock({ skewMs }: Findings): readonly Line[] {
  return ifKnown(skewMs, "GitHub's clock", "Check that GitHub can be reached.", (skew) => {
    const seconds = `${Math.round(Math.abs(skew) / 1000)} s ${skew > 0 ? "behind" : "ahead of"} GitHub's`;
    if (Math.abs(skew) >= SKEW_FAIL_MS) return [fail(`This machine's clock is ${seconds}: GitHub refuses tokens that are dated so.`, "Synchronise the clock (timedatectl set-ntp true).")];
    return [Math.abs(skew) >= SKEW_WARN_MS ? warn(`This machine's clock is ${seconds}. Verdicts do not depend on it.`, "Synchronise the clock (timedatectl set-ntp true).") : ok("The clock agrees with GitHub's.")];
  });
}

function judgeInstallation(one: Installation, wanted: Grants): readonly Line[] {
  const name = `The installation on ${one.account} (${one.id})`;
  if (one.suspended) return [warn(`${name} is suspended.`, "Unsuspend it in the account's settings, or leave it if that was meant.")];
  const lacking = shortOf(one.permissions, wanted);
  if (!one.bound.known) return [fail(`${name}: its tenant could not be read: ${one.bound.why}`, "See the lines about the database.")];
  return [
    one.bound.value ? ok(`${name} belongs to an active tenant.`) : warn(`${name} belongs to no active tenant: its deliveries are answered and dropped.`, `countersign tenant onboard PREFIX --installation ${one.id}`),
    ...(lacking.length === 0 ? [] : [fail(`${name} has not accepted the App's newer permissions: ${lacking.join(", ")}.`, "An owner of the account accepts them under Settings, GitHub Apps.")]),
  ];
}

function judgeInstallations({ installations, wanted }: Findings): readonly Line[] {
  return ifKnown(installations, "The installations", "Check APP_ID and the key.", (found) =>
    found.length === 0 ? [warn("The App is installed nowhere.", "Install it from the App's public page on the repositories to supervise.")] : found.flatMap((one) => judgeInstallation(one, wanted.permissions)),
  );
}

function judgeRepository({ name, defects, updatesRestricted }: RepositoryFinding): readonly Line[] {
  if (!defects.known) return [fail(`${name}: its rulesets could not be read: ${defects.why}`, "Grant the App administration: read, and run doctor again.")];
  if (defects.value.length > 0) {
    return [fail(`${name} is not protected: ${defects.value.join("; ")}.`, "Add a ruleset without bypass actors that requires a pull request and the check countersign from this App, and blocks force-pushes and deletion.")];
  }
  return [
    updatesRestricted
      ? ok(`${name} is protected, and only Countersign may update its default branch.`)
      : warn(`${name} is protected; others than Countersign may still press merge once the check passes.`, "Recommended: a second ruleset that restricts updates, with this App as its only bypass actor."),
  ];
}

function judgeDatabase({ database, settings }: Findings): readonly Line[] {
  const environment = settings.adminUrlPresent && !settings.embeddedDatabase
    ? [warn("DATABASE_ADMIN_URL is in this environment. The server does not need the owner's login.", "Give it to `countersign migrate` only.")]
    : [];
  return [
    ...environment,
    ...ifKnown(database, "The database", "If it is new or older than this program: countersign migrate", (found: DatabaseFinding) => [
      ok(`The database is of this program's version, and its user ${found.role} is held by row-level security.`),
      found.auditExcess.length === 0 ? ok("The server can append to the audit log and nothing else.") : fail(`The server's database user may ${found.auditExcess.join(", ")}: the log is not append-only.`, "Revoke that, or run: countersign migrate"),
      ...(found.auditTriggersOff.length === 0 ? [] : [fail(`Guards of the audit log are switched off: ${found.auditTriggersOff.join(", ")}.`, "Find out who did it. Then: countersign migrate")]),
      found.claimAccepted === null
        ? warn("There is no tenant yet, so the claim key is not proven.", "countersign tenant onboard PREFIX --installation ID")
        : found.claimAccepted
          ? ok("The claim key matches the database.")
          : fail("The database does not accept claims signed with this claim key.", "Give the server the CLAIM_KEY that `countersign migrate` was given, or run migrate again with this one."),
      ...(found.verifierBlind ? [warn("This server does not let roles bypass row-level security: offline verification sees no tenant.", "Verify from a restored copy on a PostgreSQL of your own.")] : []),
      ...(settings.embeddedDatabase && settings.production ? [fail("Production on embedded PostgreSQL.", "Set DATABASE_URL.")] : []),
    ]),
  ];
}

export function judge(findings: Findings): readonly Line[] {
  return [
    ...judgeDatabase(findings),
    ...judgeApp(findings),
    ...judgeClock(findings),
    ...judgeHook(findings),
    ...judgeDeliveries(findings),
    ...judgeInstallations(findings),
    ...ifKnown(findings.repositories, "The repositories", "Check the App's permissions.", (found) => found.flatMap(judgeRepository)),
  ];
}

/** 0: all well; 1: something to look at; 2: something does not work. */
export function exitStatus(lines: readonly Line[]): 0 | 1 | 2 {
  if (lines.some(({ status }) => status === "fail")) return 2;
  return lines.some(({ status }) => status === "warn") ? 1 : 0;
}
