import { describe, expect, test } from "vitest";
import { instantOfMillis, known, millis, unknown } from "#kernel";
import type { Findings } from "../../src/cli/doctor/findings.ts";
import { judgeDemo } from "../../src/cli/doctor/judge-demo.ts";
import { exitStatus, judge } from "../../src/cli/doctor/judge.ts";
import { at, permissions, epochs, log, well, acme, app, database, quiet, hook } from "./well.ts";

test("fails closed: a machine without a sandbox is told which tools are refused there, and what to do", () => {
  const lines = judge({ ...well, sandbox: { kind: "missing", why: "It is not there.", next: "Install it." } });
  expect(exitStatus(lines)).toBe(1);
  expect(lines).toContainEqual({
    status: "warn",
    what: expect.stringMatching(/repo\.search, repo\.diff and shell\.test are refused here\. It is not there\.$/),
    next: "Install it.",
  });
});

test("all is well: every line is ok and the exit status 0", () => {
  expect(judge(well).filter(({ status }) => status !== "ok")).toEqual([]);
  expect(exitStatus(judge(well))).toBe(0);
});

test("beside the demo: what it has is judged as elsewhere, and what it has not is named and no fault", () => {
  const demo = { ...well, database: known(database), signer: known("demo+1+k") };
  const lines = judgeDemo(demo);
  expect(exitStatus(lines)).toBe(0);
  expect(lines.at(0)?.what).toContain("The demo runs here");
  expect(lines.at(-1)?.what).toContain("Not examined, since the demo has none: a GitHub App");
  expect(exitStatus(judgeDemo({ ...demo, database: unknown("no answer") }))).toBe(2);
  expect(exitStatus(judgeDemo({ ...demo, signer: unknown("no answer") }))).toBe(2);
  const waiting = [{ prefix: "acme", channel: "mail", notices: 3, oldest: at }] as const;
  expect(
    judgeDemo({ ...demo, channels: known(waiting) })
      .map(({ what }) => what)
      .join(),
  ).toContain("3 notices of acme");
});

const cases: readonly (readonly [string, Partial<Findings>, "warn" | "fail", string, string])[] = [
  [
    "the log has a partition for one coming month only",
    { database: known({ ...database, monthsAhead: known(1) }) },
    "warn",
    "partitions for the next month only",
    "countersign migrate",
  ],
  [
    "the log has partitions for no coming month",
    { database: known({ ...database, monthsAhead: known(0) }) },
    "warn",
    "no coming month",
    "countersign migrate",
  ],
  [
    "the coming months cannot be read",
    { database: known({ ...database, monthsAhead: unknown("no answer") }) },
    "fail",
    "no answer",
    "countersign migrate",
  ],
  [
    "case 36: the disk of the data directory is more than 80 % full",
    { disk: known({ directory: ".data/live", percent: 81 }) },
    "warn",
    "is 81 % full",
    "PostgreSQL's own disk is not seen from here",
  ],
  [
    "a folder that belongs to no client",
    { estate: known(["clients/initech/ belongs to no client."]) },
    "warn",
    "clients/initech/ belongs to no client",
    "countersign tenant onboard PREFIX",
  ],
  [
    "what was made for clients cannot be looked at",
    { estate: unknown("no such directory") },
    "fail",
    "no such directory",
    "CLIENTS_DIR",
  ],
  [
    "X2 the platform is stopped",
    { controls: known({ ...quiet, platform: true }) },
    "warn",
    "All agents are stopped",
    "countersign control status",
  ],
  [
    "X2 less than all of it is stopped",
    { controls: known({ ...quiet, narrower: 2 }) },
    "warn",
    "2 clients, agents or repositories are stopped",
    "countersign control status",
  ],
  [
    "X2 a server started here would execute nothing",
    { controls: known({ ...quiet, environment: { killed: true, explain: false } }) },
    "warn",
    "COUNTERSIGN_KILL_SWITCH=1",
    "Unset it",
  ],
  [
    "X10 a server started here would only explain",
    { controls: known({ ...quiet, environment: { killed: false, explain: true } }) },
    "warn",
    "COUNTERSIGN_EXPLAIN_MODE=1",
    "Unset it",
  ],
  [
    "X7 a circuit breaker is open",
    { controls: known({ ...quiet, breakers: [{ prefix: "acme", open: 1 }] }) },
    "warn",
    "The circuit breaker of one of acme's agents is open",
    "countersign control status --tenant acme",
  ],
  [
    "X2 fails closed: the kill switch cannot be read",
    { controls: unknown("permission denied") },
    "fail",
    "permission denied",
    "Until it can be read, everything counts as killed",
  ],
  [
    "L5 a lease that could not be revoked",
    { leases: { broker: known(true), open: known([{ prefix: "acme", irrevocable: 1, overdue: 0 }]) } },
    "fail",
    "1 leases of acme could not be revoked",
    "countersign lease revoke acme",
  ],
  [
    "L5 a lease whose minute is over, and that no broker ended",
    { leases: { broker: known(false), open: known([{ prefix: "acme", irrevocable: 0, overdue: 2 }]) } },
    "fail",
    "2 leases of acme are past their minute",
    "countersign lease broker",
  ],
  [
    "a lease broker that should be there and does not answer",
    { leases: { broker: unknown("it does not answer at lease.sock"), open: known([]) } },
    "fail",
    "it does not answer at lease.sock",
    "Start the server",
  ],
  [
    "K5 a tenant's key is 80 days old",
    { keys: known([{ prefix: "acme", closed: null, kek: 80, env: 0, unrevoked: 0 }]) },
    "warn",
    "The key of acme is 80 days old",
    "countersign tenant rotate acme",
  ],
  [
    "K5 a tenant's key is 91 days old: a deployment that asks doctor does not happen",
    { keys: known([{ prefix: "acme", closed: null, kek: 91, env: 0, unrevoked: 0 }]) },
    "fail",
    "The key of acme is 91 days old",
    "countersign tenant rotate acme",
  ],
  [
    "K5 a tenant's key is 90 days old, which is in time still",
    { keys: known([{ prefix: "acme", closed: null, kek: 90, env: null, unrevoked: 0 }]) },
    "warn",
    "The key of acme is 90 days old",
    "countersign tenant rotate acme",
  ],
  [
    "K5 the key of a tenant's credentials is overdue",
    { keys: known([{ prefix: "acme", closed: null, kek: 0, env: 91, unrevoked: 0 }]) },
    "fail",
    "seals the credentials of acme is 91 days old",
    "countersign secret rotate acme",
  ],
  [
    "K4 a credential was not revoked in time after a break-glass rotation",
    { keys: known([{ prefix: "acme", closed: null, kek: 0, env: 0, unrevoked: 2 }]) },
    "fail",
    "2 credentials of acme should have been revoked",
    "countersign tenant revocations acme",
  ],
  [
    "a client's mail has no credentials",
    { channels: known([{ prefix: "acme", channel: "mail", notices: 3, oldest: at }]) },
    "warn",
    "3 notices of acme by mail wait, the oldest since 2026-11-21T10:00:00.000Z: MAIL_FROM",
    "countersign notify status --tenant acme",
  ],
  ["the outbox cannot be read", { channels: unknown("no answer") }, "fail", "no answer", "lines about the database"],
  ["the keys' ages cannot be read", { keys: unknown("no answer") }, "fail", "no answer", "lines about the database"],
  [
    "the organisation's .github repository is not part of the installation",
    { installations: known([{ ...acme, policyRepository: known("not_selected" as const) }]) },
    "warn",
    "acme/.github is not part of the installation",
    "Add it",
  ],
  [
    "whether the organisation's .github repository can be read is not known",
    { installations: known([{ ...acme, policyRepository: unknown("503") }]) },
    "fail",
    "acme/.github can be read is not known: 503",
    "Run doctor again",
  ],
  [
    "the broker does not answer",
    { log: { ...log, signer: unknown("no socket") } },
    "fail",
    "The broker, which signs the audit log could not be read: no socket",
    "BROKER_SOCKET",
  ],
  [
    "no epoch was signed yet",
    { log: { ...log, epochs: known({ ...epochs, newest: null }) } },
    "warn",
    "no epoch yet",
    "Start the server",
  ],
  [
    "nobody gave the sequencer its login",
    { logins: { ...well.logins, sequencer: known(false) } },
    "fail",
    "The sequencer has no login",
    "SEQUENCER_DATABASE_URL",
  ],
  [
    "the sequencer's login is another's",
    { logins: { ...well.logins, sequencer: unknown("is a member of countersign_app") } },
    "fail",
    "is a member of countersign_app",
    "SEQUENCER_DATABASE_URL",
  ],
  [
    "nobody gave the verifier its login",
    { logins: { ...well.logins, verifier: known(false) } },
    "warn",
    "cannot be verified in the database",
    "VERIFIER_DATABASE_URL",
  ],
  ["nobody watches the log", { log: { ...log, quorum: null } }, "warn", "Nobody outside watches", "AUDIT_WITNESSES"],
  [
    "two epochs without a quorum",
    { log: { ...log, epochs: known({ ...epochs, witnessed: 298 }) } },
    "fail",
    "The last 2 epochs of the audit log have no quorum of witnesses (2 of (w1, w2, w3))",
    "what each witness answered",
  ],
  [
    "a copy in git that is a day behind",
    { log: { ...log, epochs: known({ ...epochs, copied: { git: null, directory: 300 } }) } },
    "fail",
    "AUDIT_ANCHOR_GIT is more than a day behind",
    "what git said",
  ],
  [
    "a copy in a directory that is a day behind",
    { log: { ...log, epochs: known({ ...epochs, copied: { git: 300, directory: 1 } }) } },
    "fail",
    "AUDIT_ANCHOR_DIR is more than a day behind",
    "what the disk said",
  ],
  [
    "no timestamp for a day",
    { log: { ...log, epochs: known({ ...epochs, stamped: 2 }) } },
    "fail",
    "No timestamp was had for more than a day",
    "the authority said",
  ],
  [
    "no copy anywhere",
    { log: { ...log, places: { git: false, directory: false, timestamps: false } } },
    "warn",
    "no copy of the audit log's checkpoints elsewhere",
    "AUDIT_ANCHOR_GIT",
  ],
  ["the key is another App's", { app: known({ ...app, id: 1 }) }, "fail", "belongs to App 1, not to 4242", "same App"],
  ["GitHub does not answer", { app: unknown("401") }, "fail", "The App could not be read: 401", "Check APP_ID"],
  [
    "a permission is missing",
    { app: known({ ...app, permissions: { metadata: "read", checks: "read", administration: "read" } }) },
    "fail",
    "lacks permissions: checks: write",
    "Grant them",
  ],
  [
    "a permission too many",
    { app: known({ ...app, permissions: { ...permissions, secrets: "write" } }) },
    "warn",
    "never uses: secrets",
    "Take them away",
  ],
  [
    "an event is not subscribed",
    { app: known({ ...app, events: ["push"] }) },
    "fail",
    "not subscribed to: pull_request",
    "Subscribe",
  ],
  [
    "the webhook goes elsewhere",
    { hook: known({ ...hook, url: "https://elsewhere.example" }) },
    "warn",
    "elsewhere.example",
    "correct the webhook URL",
  ],
  ["the webhook has no secret", { hook: known({ ...hook, secretSet: false }) }, "fail", "no secret", "WEBHOOK_SECRET"],
  [
    "the webhook sends forms",
    { hook: known({ ...hook, json: false }) },
    "fail",
    "does not send JSON",
    "application/json",
  ],
  [
    "certificates are not verified",
    { hook: known({ ...hook, insecureSsl: true }) },
    "fail",
    "certificate",
    "SSL verification",
  ],
  [
    "the secret does not match",
    { deliveries: known([{ at, statusCode: 401 }]) },
    "fail",
    "secret does not match",
    "WEBHOOK_SECRET",
  ],
  ["deliveries do not arrive", { deliveries: known([{ at, statusCode: 502 }]) }, "fail", "status 502", "firewall"],
  [
    "some deliveries were lost",
    {
      deliveries: known([
        { at, statusCode: 202 },
        { at, statusCode: 502 },
      ]),
    },
    "warn",
    "1 of the last 2",
    "sweep",
  ],
  ["nothing was ever delivered", { deliveries: known([]) }, "warn", "delivered nothing yet", "Redeliver"],
  ["the clock is a little off", { skewMs: known(millis(15_000)) }, "warn", "15 s behind", "Synchronise"],
  ["the clock is far off", { skewMs: known(millis(-600_000)) }, "fail", "600 s ahead of", "Synchronise"],
  ["nothing is installed", { installations: known([]) }, "warn", "installed nowhere", "Install it"],
  [
    "an installation without a tenant",
    { installations: known([{ ...acme, bound: known(false) }]) },
    "warn",
    "no active tenant",
    "countersign tenant onboard PREFIX --installation 7",
  ],
  [
    "an installation is suspended",
    { installations: known([{ ...acme, suspended: true }]) },
    "warn",
    "suspended",
    "Unsuspend",
  ],
  [
    "O17 an installation was uninstalled by the client",
    { lost: known([{ prefix: "acme", installation: acme.id, state: "gone" as const }]) },
    "warn",
    "installation 7 was uninstalled at GitHub",
    "countersign tenant onboard acme --installation ID",
  ],
  [
    "O17 a client uninstalled the App: its owner has thirty days to decide",
    { uninstalled: known([{ prefix: "acme", decideBy: instantOfMillis(Date.UTC(2026, 11, 21)) }]) },
    "warn",
    "decide until 2026-12-21",
    "countersign tenant offboard acme",
  ],
  [
    "L13 an installation that the client suspended",
    { lost: known([{ prefix: "acme", installation: acme.id, state: "suspended" as const }]) },
    "warn",
    "installation 7 is suspended at GitHub",
    "takes it back",
  ],
  [
    "an installation with old permissions",
    { installations: known([{ ...acme, permissions: { metadata: "read" } }]) },
    "fail",
    "newer permissions",
    "accepts them",
  ],
  [
    "F03: an unprotected repository",
    {
      repositories: known([
        { name: "acme/app", defects: known(["the check is not pinned"]), updatesRestricted: false },
      ]),
    },
    "fail",
    "acme/app is not protected. the check is not pinned",
    "Add a ruleset",
  ],
  [
    "protected, but others may press merge",
    { repositories: known([{ name: "acme/app", defects: known([]), updatesRestricted: false }]) },
    "warn",
    "may still press merge",
    "restricts updates",
  ],
  [
    "rulesets that cannot be read are not sound",
    { repositories: known([{ name: "acme/app", defects: unknown("403"), updatesRestricted: true }]) },
    "fail",
    "could not be read: 403",
    "administration: read",
  ],
  [
    "the database is away or not migrated",
    { database: unknown("Run: countersign migrate") },
    "fail",
    "The database could not be read",
    "countersign migrate",
  ],
  [
    "A2: the log can be changed",
    { database: known({ ...database, auditExcess: ["UPDATE audit.entry"] }) },
    "fail",
    "UPDATE audit.entry",
    "Revoke",
  ],
  [
    "A2: a guard is switched off",
    { database: known({ ...database, auditTriggersOff: ["audit.entry append_only"] }) },
    "fail",
    "switched off",
    "who did it",
  ],
  [
    "A2: the catalog is not what is expected",
    { database: known({ ...database, guards: known({ drift: 2, refusing: true }) }) },
    "fail",
    "2 line(s)",
    "audit fingerprint",
  ],
  [
    "A2: a managed server without event triggers",
    { database: known({ ...database, guards: known({ drift: 0, refusing: false }) }) },
    "warn",
    "found within seconds",
    "superuser",
  ],
  [
    "A2: the fingerprint cannot be computed",
    { database: known({ ...database, guards: unknown("division by zero") }) },
    "fail",
    "could not be read",
    "break-glass",
  ],
  [
    "the claim key is another",
    { database: known({ ...database, claimAccepted: false }) },
    "fail",
    "does not accept claims",
    "CLAIM_KEY",
  ],
  ["no tenant yet", { database: known({ ...database, claimAccepted: null }) }, "warn", "no tenant yet", "onboard"],
  [
    "a managed server without BYPASSRLS",
    { database: known({ ...database, verifierBlind: true }) },
    "warn",
    "offline verification",
    "copy",
  ],
  [
    "the owner's login beside the server",
    { settings: { ...well.settings, adminUrlPresent: true } },
    "warn",
    "DATABASE_ADMIN_URL",
    "migrate",
  ],
];

describe("each thing that is wrong has one line with the next step", () => {
  test.each(cases)("%s", (_, change, status, what, next) => {
    const lines = judge({ ...well, ...change }).filter((line) => line.status !== "ok");
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      status,
      what: expect.stringContaining(what),
      next: expect.stringContaining(next),
    });
    expect(exitStatus(lines)).toBe(status === "fail" ? 2 : 1);
  });
});
