import type { Migrated } from "#cli";
import { readConfig, type Environment } from "#platform/config";
import { migrate } from "#platform/postgres";

/** For an own PostgreSQL; built-in PostgreSQL is brought up to date at every start. */
export async function runMigrate(env: Environment, say: (line: string) => void): Promise<Migrated> {
  const config = readConfig(env, "serve");
  if (config.kind === "invalid") return { kind: "refused", problems: config.problems };
  if (config.kind !== "serve" || config.database.kind === "embedded") {
    return {
      kind: "refused",
      problems: [
        "There is nothing to migrate: built-in PostgreSQL is brought up to date at every start. For an own PostgreSQL set DATABASE_URL, DATABASE_ADMIN_URL and CLAIM_KEY.",
      ],
    };
  }
  const { adminUrl, url, sequencerUrl, verifierUrl, claimKey } = config.database;
  if (adminUrl === null)
    return {
      kind: "refused",
      problems: [
        "DATABASE_ADMIN_URL is missing: the login that may create roles and tables. The server does not need it, only this command.",
      ],
    };
  return {
    kind: "done",
    applied: await migrate({
      adminUrl,
      appUrl: url,
      ...(sequencerUrl === null ? {} : { sequencerUrl }),
      ...(verifierUrl === null ? {} : { verifierUrl }),
      claimKey,
      onProgress: say,
    }),
  };
}
