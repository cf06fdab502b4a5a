import { overdueKeys, type Migrated, type MigrateOptions } from "#cli";
import { readConfig, type Environment, type ServeConfig } from "#platform/config";
import { createLog } from "#platform/log";
import { createDatabase, migrate, type Database } from "#platform/postgres";
import { recordAlarm } from "./alarm.ts";
import { openAudit } from "./audit.ts";
import { keyFindings } from "./key-findings.ts";
import { refused } from "./refused.ts";

/** For an own PostgreSQL; built-in PostgreSQL is brought up to date at every start. */
export async function runMigrate(
  env: Environment,
  { despiteOldKeys }: MigrateOptions,
  say: (line: string) => void,
): Promise<Migrated> {
  const config = readConfig(env, "serve");
  if (config.kind === "invalid") return { kind: "refused", problems: config.problems };
  if (config.kind !== "serve" || config.database.kind === "embedded")
    return refused(
      "There is nothing to migrate: built-in PostgreSQL is brought up to date at every start. For an own PostgreSQL set DATABASE_URL, DATABASE_ADMIN_URL and CLAIM_KEY.",
    );
  const { adminUrl, url, sequencerUrl, verifierUrl, leaseUrl, doerUrl, claimKey } = config.database;
  if (adminUrl === null)
    return refused(
      "DATABASE_ADMIN_URL is missing: the login that may create roles and tables. The server does not need it, only this command.",
    );
  const database = createDatabase({
    url,
    claimKey,
    maxConnections: 2,
    onIdleError: (error) => createLog({ level: "warn", secrets: config.secrets }).warn({ err: error }, "idle"),
  });
  try {
    const overdue = await overdueIn(database, say);
    if (overdue.length > 0 && despiteOldKeys === null)
      return refused(
        "Nothing was migrated: keys are overdue, and a deployment waits for them.",
        ...overdue,
        "Where it cannot wait: countersign migrate --despite-old-keys REASON, which the platform's log keeps.",
      );
    const applied = await migrate({
      adminUrl,
      appUrl: url,
      ...(sequencerUrl === null ? {} : { sequencerUrl }),
      ...(verifierUrl === null ? {} : { verifierUrl }),
      ...(leaseUrl === null ? {} : { brokerUrl: leaseUrl }),
      ...(doerUrl === null ? {} : { doerUrl }),
      claimKey,
      onProgress: say,
    });
    if (overdue.length > 0 && despiteOldKeys !== null)
      await told(config, database, `Deployed with ${overdue.length} overdue keys: ${despiteOldKeys}`);
    return { kind: "done", applied };
  } finally {
    await database.close();
  }
}

/** A database that cannot be asked has no keys yet, or is one that this very migration mends: said, and no reason to refuse it. */
async function overdueIn(database: Database, say: (line: string) => void): Promise<readonly string[]> {
  try {
    return overdueKeys(await keyFindings(database));
  } catch {
    say("How old the tenants' keys are cannot be asked of this database yet.");
    return [];
  }
}

async function told(config: ServeConfig, database: Database, message: string): Promise<void> {
  const { audit } = await openAudit(config, database);
  await recordAlarm({ database, append: audit.append }, "migrate", { alarm: "key_overdue", message });
}
