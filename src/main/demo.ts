import { randomBytes, randomInt } from "node:crypto";
import { rmSync } from "node:fs";
import { resolve } from "node:path";
import type { Audit } from "#audit/io";
import { account, appKey, DEMO_APP_ID, serveWorld, tellStory, type Story } from "#demo";
import { recordRequester } from "#gate/io";
import { putPerson } from "#identity/io";
import { appId, Fault, installationId, prNumber, repositoryId, userId, type TenantId } from "#kernel";
import type { BrokerConfig, DemoConfig } from "#platform/config";
import { WEBHOOK_PATH } from "#platform/http";
import { createLog } from "#platform/log";
import { withOperator } from "#platform/postgres";
import { bindInstallation, listTenants, onboard, type RegistryAccess } from "#tenants/io";
import { drainStops, openAudit } from "./audit.ts";
import { openBrokerFor } from "./broker.ts";
import { openEmbedded, type OpenDatabase } from "./database.ts";
import { seedCalls } from "./demo-calls.ts";
import { openDemoLog } from "./demo-log.ts";
import { peopleUrlOf, servePages } from "./demo-pages.ts";
import { keepDoer } from "./doer.ts";
import { openLeasesFor } from "./lease-broker.ts";
import { startDemoWitness } from "./demo-witness.ts";
import { opened, orClose, type Running } from "./lifecycle.ts";
import { scaffoldFolder } from "./scaffold.ts";
import { startSupervisor } from "./supervisor.ts";

/** Often, so that a visitor sees in seconds what the real thing does within two minutes. */
const SWEEP_MS = 4_000;
const EPOCH_MS = 5_000;
const LOOPBACK = "127.0.0.1";
const BY = { initiator: { type: "operator", id: "demo" }, requestId: "demo-start" } as const;
const OPERATOR = { operator: { type: "operator", id: "demo" }, requestId: "demo-start" } as const;

function given<T>(value: T | null, what: string): T {
  if (value === null) throw new Fault("invariant_broken", `The demo's story has no such ${what}.`);
  return value;
}

export async function startDemo(config: DemoConfig, say: (line: string) => void): Promise<Running> {
  const key = appKey();
  const webhookSecret = randomBytes(32).toString("hex");
  const log = createLog({
    level: config.logLevel === "info" ? "warn" : config.logLevel,
    secrets: [key.privateKey, webhookSecret],
  });
  const resources = opened(log);
  return orClose(resources, async () => {
    const database = await openEmbedded({ directory: config.directory, purpose: "demo", log, say, resources });
    // A new story each time: its numbers must never meet those of an earlier one.
    const story = tellStory({ publicKey: key.publicKey, webhookSecret, seed: randomInt(2 ** 31) });
    say("Furnishing the demo: two clients, their people, agents and pull requests");
    const open = await openAudit(config, database.database);
    const { audit } = open;
    drainStops(open, log, resources);
    const tenants = await settle(story, database, audit, config.clientsDir);
    const github = await serveWorld(story.world);
    resources.add("the demo's GitHub", github.close);
    const app = {
      appId: given(appId(DEMO_APP_ID), "App"),
      privateKey: key.privateKey,
      webhookSecret,
      apiUrl: github.url,
      login: { clientId: story.world.app.clientId, clientSecret: story.world.logins.clientSecret },
    };
    const brokerConfig = demoBroker(config.directory);
    const broker = await openBrokerFor(brokerConfig, log, resources);
    const witness = await startDemoWitness(config.directory, { broker, config: brokerConfig }, log, resources);
    const leasing = {
      ...config,
      github: { kind: "app", ...app },
      leases: { kind: "own", directory: demoLeases(config.directory) },
    } as const;
    const leases = await openLeasesFor(leasing, database, log, resources);
    const supervisor = await startSupervisor({
      broker,
      publishing: { audit: witness.audit, directory: config.directory },
      publicUrl: null,
      app,
      database,
      audit,
      leases,
      estate: {
        clientsDir: config.clientsDir,
        kms: open.kms,
        keys: open.keys,
        backupDays: config.backupDays,
        channels: config.channels,
        loopback: true,
      },
      stops: open.stops,
      controls: config.controls,
      telemetry: config.telemetry,
      agentOauth: config.agentOauth,
      opaUrl: config.opaUrl,
      listenOn: { host: LOOPBACK, port: 0 },
      sweepEveryMs: SWEEP_MS,
      epochEveryMs: EPOCH_MS,
      log,
      resources,
    });
    await keepDoer({ ...leasing, dispatch: { kind: "queue" }, apiUrl: app.apiUrl }, database, log, resources);
    story.begin(`http://${LOOPBACK}:${supervisor.at.port}${WEBHOOK_PATH}`);
    void github.deliver();
    const pages = await servePages({
      config,
      log,
      story,
      database: database.database,
      audit,
      tenants,
      supervisor,
      demoLog: openDemoLog({
        open: database,
        database: database.database,
        audit,
        broker,
        policy: witness.policy,
        tenants: new Map(
          story.tenants.map(({ prefix, owner }) => [prefix, given(tenants.get(owner) ?? null, "tenant")]),
        ),
        resources,
      }),
      githubUrl: github.url,
    });
    resources.add("the demo's pages", pages.stop);
    // A name, since browsers give no passkeys to an address.
    const peopleUrl = peopleUrlOf(pages.port);
    supervisor.people.reachedAt(peopleUrl);
    story.world.logins.callbacks.add(`${peopleUrl}/login/callback`);
    const asking = new AbortController();
    const asked = seedCalls({
      story,
      database,
      append: audit.append,
      tenants,
      gateway: supervisor.gateway,
      tickets: supervisor.tickets,
      signal: asking.signal,
      log,
    });
    resources.add("the demo's agent", async () => {
      asking.abort();
      await asked;
    });
    return {
      greeting: greeting(config, `http://${LOOPBACK}:${pages.port}`, peopleUrl, (await broker.identity()).vkey),
      resources,
    };
  });
}

function waiting({ killed, explain }: DemoConfig["controls"], page: string): string {
  if (killed) return "Agents are stopped:          COUNTERSIGN_KILL_SWITCH=1, as long as this runs";
  if (explain) return "Agents are only answered:    COUNTERSIGN_EXPLAIN_MODE=1, and nothing is carried out";
  return `An agent waits for a yes:    ${page} (sign in as Ann, client acme)`;
}

/** The key is new at each start, as the log is: an auditor takes it from here, not from what is to be verified. */
const greeting = ({ controls }: DemoConfig, url: string, peopleUrl: string, vkey: string): string => `
  Countersign's demo is ready: ${url}
  ${waiting(controls, `${peopleUrl}/approvals`)}
  Its audit log:               ${url}/audit
  Tickets and their next act:  npx countersign ticket list --tenant acme

  Verify the log yourself, in another terminal, in this folder:
    npx countersign audit verify --key ${vkey}
`;

export const demoBrokerDirectory = (directory: string): string => resolve(directory, "broker");

/** As new as the demo's database: an older broker would rightly refuse to sign a log that begins anew. */
function demoBroker(directory: string): BrokerConfig {
  const own = demoBrokerDirectory(directory);
  rmSync(own, { recursive: true, force: true });
  return { kind: "own", directory: own, origin: null };
}

/** What an earlier start's broker kept was sealed under keys that are gone with that start's database. */
function demoLeases(directory: string): string {
  const own = resolve(directory, "leases");
  rmSync(own, { recursive: true, force: true });
  return own;
}

/** Tenants, their installations and folders, and who asked the agents for their work. */
async function settle(
  story: Story,
  { database, operator }: OpenDatabase,
  { append }: Audit,
  clientsDir: string,
): Promise<ReadonlyMap<string, TenantId>> {
  const access: RegistryAccess = { ...given(operator, "operator"), append };
  const tenants = new Map<string, TenantId>();
  for (const tenant of story.tenants) {
    const installation = given(installationId(tenant.installation), "installation");
    const made = await onboard(access, { prefix: tenant.prefix, by: OPERATOR });
    if (made.kind !== "onboarded") throw new Fault("invariant_broken", made.why);
    await bindInstallation(access, { tenant: made.tenantId, installation, by: OPERATOR });
    const listed = (await withOperator(access, listTenants)).find(({ tenantId }) => tenantId === made.tenantId);
    await scaffoldFolder(access, clientsDir, given(listed ?? null, "tenant"));
    const claim = given(await database.claimForInstallation(installation), "tenant");
    tenants.set(tenant.owner, made.tenantId);
    for (const { login, roles } of story.people.filter(({ owner }) => owner === tenant.owner)) {
      const github = given(userId(account(story.world, login).id), "person");
      await putPerson(access, { tenant: made.tenantId, github, login, roles, by: BY });
    }
    await database.withTenant(claim, async (tx) => {
      for (const asked of story.asked.filter(({ owner }) => owner === tenant.owner)) {
        const at = {
          repositoryId: given(repositoryId(asked.repositoryId), "repository"),
          number: given(prNumber(asked.number), "pull request"),
        };
        await recordRequester(tx, { ...at, userId: userId(asked.userId), login: asked.login, source: "operator" });
      }
    });
  }
  return tenants;
}
