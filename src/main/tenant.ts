import { join } from "node:path";
import type { OnboardAnswer, Onboarding } from "#cli";
import { installationId } from "#kernel";
import { readConfig, type Environment, type ServeConfig } from "#platform/config";
import { createLog } from "#platform/log";
import { runningEmbeddedPostgres, withOperator } from "#platform/postgres";
import { bindInstallation, listTenants, onboard, type RegistryAccess, type Tenant } from "#tenants/io";
import { openAudit } from "./audit.ts";
import { openFor } from "./database.ts";
import { opened, orClose } from "./lifecycle.ts";
import { refused, type Refused } from "./refused.ts";
import { scaffoldFolder } from "./scaffold.ts";
import { operatorHere } from "./tenant-logs.ts";

export async function runOnboard(
  env: Environment,
  asked: Onboarding,
  say: (line: string) => void,
): Promise<OnboardAnswer> {
  const config = readConfig(env, "serve");
  if (config.kind === "invalid") return refused(...config.problems);
  if (config.kind !== "serve" || demoRuns(env))
    return refused(
      "The demo runs here, and has its own clients: nothing was made. Stop it (Ctrl-C in its terminal), then run this again.",
    );
  const log = createLog({ level: "warn", secrets: config.secrets });
  const resources = opened(log);
  return orClose(resources, async () => {
    const { database, operator } = await openFor(config, log, resources, say);
    const answer =
      operator === null
        ? refused("DATABASE_ADMIN_URL is missing: only the operator's login may create a tenant, not the server's.")
        : await settle({ ...operator, append: (await openAudit(config, database)).audit.append }, config, asked);
    await resources.close();
    return answer;
  });
}

/** Beside it, and with nothing real set, a new client would be in a database that no other command looks at. */
function demoRuns(env: Environment): boolean {
  const config = readConfig(env, "start");
  return config.kind === "demo" && runningEmbeddedPostgres(join(config.directory, "postgres")) !== null;
}

async function settle(
  access: RegistryAccess,
  { clientsDir, restDays }: ServeConfig,
  asked: Onboarding,
): Promise<OnboardAnswer> {
  const found = await registered(access, asked, restDays);
  if ("kind" in found) return found;
  const { tenant, created, installation } = found;
  return {
    kind: "done",
    prefix: tenant.prefix,
    id: tenant.tenantId,
    region: tenant.region,
    created,
    installation,
    ...(await scaffolded(access, clientsDir, tenant)),
    next:
      tenant.installations.length === 0
        ? `install the GitHub App, then: countersign tenant onboard ${tenant.prefix} --installation ID`
        : `countersign doctor checks that its repositories are guarded; countersign secret set ${tenant.prefix} DATABASE_URL seals a credential.`,
  };
}

interface Registered {
  readonly tenant: Tenant;
  readonly created: boolean;
  readonly installation: number | null;
}

/** In the registry, with its entries. Again: what is there stays, and what is missing is added. */
async function registered(
  access: RegistryAccess,
  { prefix, region, installation }: Onboarding,
  restDays: number,
): Promise<Registered | Refused> {
  const by = operatorHere();
  const made = await onboard(access, { prefix, by, restDays, ...(region === null ? {} : { region }) });
  if (made.kind === "refused") return refused(made.why);
  const find = async (): Promise<Tenant | undefined> =>
    (await withOperator(access, listTenants)).find((tenant) => tenant.prefix === prefix);
  const before = await find();
  if (before === undefined) return refused(`There is no tenant ${prefix}.`);
  if (before.state !== "active")
    return refused(
      `${prefix} exists already, and is ${before.state}: nothing was changed. See: countersign tenant list`,
    );
  if (region !== null && region !== before.region)
    return refused(`${prefix} exists already, in the region ${before.region}: a client's region is not changed.`);
  const created = made.kind === "onboarded";
  const number = installation === null ? null : installationId(installation);
  if (number === null) return { tenant: before, created, installation: null };
  const bound = await bindInstallation(access, { tenant: before.tenantId, installation: number, by });
  if (bound.kind !== "bound")
    return refused(...(created ? [`Tenant ${prefix} exists now, but has no installation.`] : []), bound.why);
  return { tenant: (await find()) ?? before, created, installation: number };
}

/** INVARIANT: a folder that cannot be made undoes nothing: the client is there, and a second run makes what is missing. */
async function scaffolded(
  access: RegistryAccess,
  directory: string,
  tenant: Tenant,
): Promise<{ readonly made: readonly string[]; readonly problems: readonly string[] }> {
  try {
    return { made: await scaffoldFolder(access, directory, tenant), problems: [] };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return {
      made: [],
      problems: [
        `The client's folder is not whole: ${error.message}`,
        `Put that right, and run this again: countersign tenant onboard ${tenant.prefix}`,
      ],
    };
  }
}
