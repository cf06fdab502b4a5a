import { randomUUID } from "node:crypto";
import { userInfo } from "node:os";
import type { OnboardAnswer } from "#cli";
import { installationId, type InstallationId, type TenantId } from "#kernel";
import { readConfig, type Environment } from "#platform/config";
import { createLog } from "#platform/log";
import { withOperator } from "#platform/postgres";
import { bindInstallation, listTenants, onboard, type By, type RegistryAccess } from "#tenants/io";
import { openAudit } from "./audit.ts";
import { openFor } from "./database.ts";
import { opened, orClose } from "./lifecycle.ts";
import { refused } from "./refused.ts";

interface Asked {
  readonly prefix: string;
  readonly installation: number | null;
}

export async function runOnboard(env: Environment, asked: Asked, say: (line: string) => void): Promise<OnboardAnswer> {
  const config = readConfig(env, "serve");
  if (config.kind === "invalid") return refused(...config.problems);
  if (config.kind !== "serve") return refused("The demo has its own tenants.");
  const log = createLog({ level: "warn", secrets: config.secrets });
  const resources = opened(log);
  return orClose(resources, async () => {
    const { database, operator } = await openFor(config, log, resources, say);
    const answer =
      operator === null
        ? refused("DATABASE_ADMIN_URL is missing: only the operator's login may create a tenant, not the server's.")
        : await settle({ ...operator, append: (await openAudit(config, database)).audit.append }, asked);
    await resources.close();
    return answer;
  });
}

async function settle(access: RegistryAccess, { prefix, installation }: Asked): Promise<OnboardAnswer> {
  const by: By = { operator: { type: "operator", id: userInfo().username }, requestId: randomUUID() };
  const made = await onboard(access, { prefix, by });
  if (made.kind === "refused") return refused(made.why);
  const tenant = made.kind === "onboarded" ? made.tenantId : await existing(access, prefix);
  const number = installation === null ? null : installationId(installation);
  if (tenant === null || (made.kind === "taken" && number === null))
    return refused(made.kind === "taken" ? made.why : `There is no tenant ${prefix}.`);
  const began = made.kind === "onboarded" ? `Tenant ${prefix} exists now.` : `Tenant ${prefix} existed already.`;
  if (number === null)
    return {
      kind: "done",
      said: `${began} Bind an installation to it: countersign tenant onboard ${prefix} --installation ID`,
    };
  return bind(access, { tenant, number, by, began });
}

async function bind(
  access: RegistryAccess,
  given: { readonly tenant: TenantId; readonly number: InstallationId; readonly by: By; readonly began: string },
): Promise<OnboardAnswer> {
  const bound = await bindInstallation(access, { tenant: given.tenant, installation: given.number, by: given.by });
  if (bound.kind !== "bound") return refused(given.began, bound.why);
  return {
    kind: "done",
    said: `${given.began} Installation ${given.number} belongs to it: its pull requests are decided from now on.`,
  };
}

async function existing(access: RegistryAccess, prefix: string): Promise<TenantId | null> {
  const tenants = await withOperator(access, listTenants);
  return tenants.find((tenant) => tenant.prefix === prefix)?.tenantId ?? null;
}
