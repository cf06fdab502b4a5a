// Facts for `countersign doctor`: everything is asked, nothing is assumed, and what cannot be read says why.

import { z } from "zod";
import type { Examined, Findings } from "#cli";
import { inspect } from "#gate/io";
import { PERMISSIONS, SUBSCRIPTIONS } from "#github";
import {
  Fault,
  installationId,
  type InstallationId,
  instant,
  instantOfMillis,
  known,
  repoName,
  unknown,
  type Known,
} from "#kernel";
import { publicUrlOf, readConfig, type Environment, type ServeConfig } from "#platform/config";
import { createGitHub, installationsOf, type GitHubConnection } from "#platform/github";
import { WEBHOOK_PATH } from "#platform/http";
import { createLog } from "#platform/log";
import { createRoleDatabase, withOperator, type Database } from "#platform/postgres";
import { probeSandbox } from "#sandbox/io";
import { listTenants, lostInstallations, ownPrefix } from "#tenants/io";
import { openAudit } from "./audit.ts";
import { approverFinding } from "./approver-finding.ts";
import { channelFinding, sourceFinding } from "./channel-finding.ts";
import { claimsOf } from "./claims.ts";
import { controlFinding } from "./control-finding.ts";
import { databaseFinding, finding } from "./database-finding.ts";
import { examineDemo } from "./demo-findings.ts";
import { diskPercent } from "./disk.ts";
import { openFor, type OpenDatabase } from "./database.ts";
import { logFinding } from "./log-finding.ts";
import { openableKeys } from "./key-findings.ts";
import { leaseFindings } from "./lease-findings.ts";
import { loginFindings } from "./role-logins.ts";
import { opened } from "./lifecycle.ts";
import { sweepEstate } from "./nightly.ts";
import { githubHost } from "./supervisor.ts";
import { opaFinding, rulesFinding } from "./rules-finding.ts";
import { pagedNowhereFinding, ticketClockFinding, ticketOwnersFinding } from "./ticket-finding.ts";

const grants = z.record(z.string(), z.string());
const appAnswer = z.object({ id: z.number(), slug: z.string(), permissions: grants, events: z.array(z.string()) });
const hookAnswer = z.object({
  url: z.string().nullish(),
  secret: z.string().nullish(),
  content_type: z.string().nullish(),
  insecure_ssl: z.union([z.string(), z.number()]).nullish(),
});
const deliveriesAnswer = z.array(z.object({ delivered_at: z.string(), status_code: z.number() }));
const installationsAnswer = z.array(
  z.object({
    id: z.number(),
    account: z.object({ login: z.string() }).nullish(),
    permissions: grants,
    suspended_at: z.string().nullish(),
    repository_selection: z.enum(["all", "selected"]).optional(),
  }),
);

const wanted: Findings["wanted"] = {
  permissions: Object.fromEntries(Object.entries(PERMISSIONS).map(([name, { access }]) => [name, access])),
  events: Object.keys(SUBSCRIPTIONS),
};

export async function examine(env: Environment, say: (line: string) => void): Promise<Examined> {
  const demo = await examineDemo(env, say);
  if (demo !== null) return demo;
  const config = readConfig(env, "serve");
  if (config.kind === "invalid") return { kind: "not_configured", problems: config.problems };
  if (config.kind !== "serve" || config.github.kind === "unconnected") {
    return {
      kind: "not_configured",
      problems: [
        "No GitHub App is configured, and no demo runs here. Start `countersign serve` and open the Connect GitHub link it prints, or set APP_ID, PRIVATE_KEY and WEBHOOK_SECRET.",
      ],
    };
  }
  const { github: app } = config;
  const log = createLog({ level: "error", secrets: config.secrets });
  const resources = opened(log);
  try {
    const github = createGitHub({ appId: app.appId, privateKey: app.privateKey, baseUrl: app.apiUrl });
    say("Asking the database");
    const database = await finding(() => openFor(config, log, resources, say));
    say("Asking GitHub");
    return {
      kind: "findings",
      findings: await gather(config, app.appId, github, database, env),
    };
  } finally {
    await resources.close();
  }
}

async function gather(
  config: ServeConfig,
  id: Findings["settings"]["appId"],
  github: GitHubConnection,
  place: Known<OpenDatabase>,
  env: Environment,
): Promise<Findings> {
  const database = place.known ? known(place.value.database) : place;
  const asApp = github.app();
  const [app, hook, deliveries, installations] = await Promise.all([
    finding(async () => appAnswer.parse((await asApp.rest("GET /app", {})).data)),
    finding(async () => hookAnswer.parse((await asApp.rest("GET /app/hook/config", {})).data)),
    finding(async () => deliveriesAnswer.parse((await asApp.rest("GET /app/hook/deliveries", { per_page: 50 })).data)),
    finding(async () =>
      installationsAnswer.parse((await asApp.rest("GET /app/installations", { per_page: 100 })).data),
    ),
  ]);
  const skew = github.clockSkewMs();
  return {
    now: instantOfMillis(Date.now()),
    settings: {
      appId: id,
      webhookUrl: `${publicUrlOf(config.http, config.http.port)}${WEBHOOK_PATH}`,
      adminUrlPresent: (env["DATABASE_ADMIN_URL"] ?? "") !== "",
      production: config.production,
      embeddedDatabase: config.database.kind === "embedded",
    },
    wanted,
    app,
    hook: hook.known
      ? known({
          url: hook.value.url ?? null,
          secretSet: (hook.value.secret ?? "") !== "",
          insecureSsl: String(hook.value.insecure_ssl ?? "0") !== "0",
          json: hook.value.content_type === "json",
        })
      : hook,
    deliveries: deliveries.known ? known(deliveries.value.flatMap((one) => timed(one))) : deliveries,
    skewMs: skew === null ? unknown("GitHub did not answer") : known(skew),
    installations: installations.known
      ? known(await boundInstallations(github, installations.value, database))
      : installations,
    lost: await finding(() => lostOf(database)),
    uninstalled: place.known ? await finding(() => uninstalledOf(place.value)) : place,
    repositories: await finding(() => repositoriesOf(github, database)),
    database: database.known ? await finding(() => databaseFinding(database.value)) : database,
    logins: await loginFindings(place, finding),
    log: await logFinding(config.audit, place, finding),
    keys: database.known ? await finding(() => openableKeys(config, database.value)) : database,
    leases: await leaseFindings(env, database, finding),
    opa: await opaFinding(config.opaUrl),
    rules: database.known ? await finding(() => rulesFinding(database.value, config.clientsDir)) : database,
    approvers: database.known ? await finding(() => approverFinding(database.value)) : database,
    ticketClock: database.known ? await finding(() => ticketClockFinding(database.value)) : database,
    ticketOwners: database.known ? await finding(() => ticketOwnersFinding(database.value)) : database,
    pagedNowhere: database.known ? await finding(() => pagedNowhereFinding(database.value)) : database,
    channels: database.known ? await finding(() => channelFinding(database.value)) : database,
    sources: database.known ? await finding(() => sourceFinding(database.value)) : database,
    controls: database.known ? await finding(() => controlFinding(config, database.value)) : database,
    estate: await finding(() => estateFinding(config, github, place)),
    disk: await finding(async () => ({
      directory: config.directory,
      percent: await diskPercent(config.directory),
    })),
    sandbox: await probeSandbox(),
  };
}

/** null: without the verifier's login nothing is looked at. */
async function estateFinding(
  config: ServeConfig,
  github: GitHubConnection,
  place: Known<OpenDatabase>,
): Promise<readonly string[] | null> {
  if (!place.known) throw new Fault("database_unavailable", place.why);
  const { verifierUrl, database } = place.value;
  if (verifierUrl === null || config.github.kind === "unconnected") return null;
  const { kms } = await openAudit(config, database);
  const verifier = createRoleDatabase({ url: verifierUrl, role: "verifier", maxConnections: 1 });
  try {
    return await sweepEstate(verifier, {
      clientsDir: config.clientsDir,
      kms,
      github: { host: githubHost(config.github.apiUrl), installations: installationsOf(github) },
    });
  } finally {
    await verifier.close();
  }
}

function timed({ delivered_at, status_code }: z.infer<typeof deliveriesAnswer>[number]): {
  readonly at: NonNullable<ReturnType<typeof instant>>;
  readonly statusCode: number;
}[] {
  const at = instant(delivered_at);
  return at === null ? [] : [{ at, statusCode: status_code }];
}

type InstallationFindings = Findings["installations"] extends Known<infer T> ? T : never;

async function boundInstallations(
  github: GitHubConnection,
  found: z.infer<typeof installationsAnswer>,
  database: Known<Database>,
): Promise<InstallationFindings> {
  const rows = found.flatMap((one) => {
    const id = installationId(one.id);
    return id === null ? [] : [{ one, id }];
  });
  return Promise.all(
    rows.map(async ({ one, id }) => ({
      id,
      account: one.account?.login ?? "an account that is gone",
      suspended: one.suspended_at !== null && one.suspended_at !== undefined,
      permissions: one.permissions,
      bound: database.known
        ? await finding(async () => (await database.value.claimForInstallation(id)) !== null)
        : database,
      policyRepository: await finding(() => policyRepository(github, id, one)),
    })),
  );
}

/** Where every repository is selected, what is not reached does not exist. */
async function policyRepository(
  github: GitHubConnection,
  id: InstallationId,
  { account, repository_selection }: z.infer<typeof installationsAnswer>[number],
): Promise<"reached" | "none" | "not_selected"> {
  const name = repoName(`${account?.login ?? ""}/.github`);
  if (name === null) throw new Fault("input_invalid", "the account has no name");
  if ((await github.named(id, name)) !== null) return "reached";
  return repository_selection === "all" ? "none" : "not_selected";
}

async function lostOf(database: Known<Database>): Promise<Findings["lost"] extends Known<infer T> ? T : never> {
  if (!database.known) throw new Fault("database_unavailable", database.why);
  const lists = await Promise.all(
    (await claimsOf(database.value)).map((claim) =>
      database.value.withTenant(claim, async (tx) => {
        const prefix = await ownPrefix(tx);
        return (await lostInstallations(tx)).map((one) => ({ prefix, ...one }));
      }),
    ),
  );
  return lists.flat();
}

/** Only the operator's access shows clients that are not active; whoever has none is told by `countersign tenant list`. */
async function uninstalledOf({
  operator,
}: OpenDatabase): Promise<Findings["uninstalled"] extends Known<infer T> ? T : never> {
  if (operator === null) return [];
  return (await withOperator(operator, listTenants)).flatMap(({ prefix, noticeUntil }) =>
    noticeUntil === null ? [] : [{ prefix, decideBy: noticeUntil }],
  );
}

async function repositoriesOf(
  github: GitHubConnection,
  database: Known<Database>,
): Promise<Findings["repositories"] extends Known<infer T> ? T : never> {
  if (!database.known) throw new Fault("database_unavailable", database.why);
  const lists = await Promise.all(
    (await claimsOf(database.value)).map((claim) => inspect({ database: database.value, github }, claim)),
  );
  return lists.flat().map(({ name, protection }) => ({
    name,
    defects: protection.known ? known(protection.value.defects) : protection,
    updatesRestricted: protection.known && protection.value.updatesRestricted,
  }));
}
