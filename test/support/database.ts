import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import pg from "pg";
import { afterAll, inject } from "vitest";
import { z } from "zod";
import { createFileKms, createKeys, openRoot, type Keys } from "#keys/io";
import type { Kms } from "#keys";
import { createAudit, type Append, type Audit, type Spool, type Stop } from "#audit/io";
import { entryId, installationId, type EntryId, type InstallationId, type TenantId } from "#kernel";
import {
  createDatabase,
  createRoleDatabase,
  grantDatabase,
  type Database,
  type RoleDatabase,
  type ServiceRole,
  type TenantClaim,
} from "#platform/postgres";
import { bindInstallation, onboard, type RegistryAccess } from "#tenants/io";
import { startTestCluster } from "./cluster-start.ts";
import { TEMPLATE, type ClusterAccess } from "./cluster-types.ts";
import { openDirectory } from "./directory.ts";

export interface Spooled {
  readonly tenant: TenantId;
  readonly id: EntryId;
  readonly entry: Stop;
}

export interface TestTenant {
  readonly id: TenantId;
  readonly prefix: string;
  readonly installation: InstallationId;
  readonly claim: TenantClaim;
}

/** A database of this test file alone, migrated, with every role. */
export interface TestDatabase {
  /** The real thing, as the server has it: the app's own login. */
  readonly db: Database;
  readonly claimKey: string;
  /** The operator's access, for `onboard`, `bindInstallation` and `withOperator`. */
  readonly operator: RegistryAccess;
  /** The log, as main hands it to rooms and surfaces. */
  readonly audit: Audit;
  readonly append: Append;
  readonly keys: Keys;
  /** The file root key, and where it lies. */
  readonly kms: Kms;
  readonly keysDir: string;
  /** A spool for stops that keeps them in memory, and what was put there, oldest first. */
  readonly spool: Spool;
  readonly spooled: readonly Spooled[];
  readonly urls: {
    readonly app: string;
    readonly admin: string;
    readonly sequencer: string;
    readonly verifier: string;
    readonly auditor: string;
    readonly broker: string;
    readonly doer: string;
  };
  /** The database as one of the roles that see every tenant's hashes. Closed after the file. */
  role<Role extends ServiceRole>(role: Role): RoleDatabase<Role>;
  /**
   * Looks at (or breaks) anything, as the superuser: past row-level security, and with the break-glass setting, so that a test
   * about what is found afterwards can first do the damage. Whether it is refused is asked through `adminClient`.
   */
  adminSql(text: string, values?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>;
  /** A raw connection with the app's own login, as an attacker in the app has it. Closed after the file. */
  appClient(): Promise<pg.Client>;
  /** A raw connection as the superuser. Closed after the file. */
  adminClient(): Promise<pg.Client>;
  /** Onboarded, with an installation bound to it and a claim of fifteen minutes. */
  tenant(prefix: string, installation: number): Promise<TestTenant>;
}

const clusterAnswer = z.union([
  z.object({
    adminUrl: z.string(),
    appUrl: z.string(),
    sequencerUrl: z.string(),
    verifierUrl: z.string(),
    auditorUrl: z.string(),
    brokerUrl: z.string(),
    doerUrl: z.string(),
    claimKey: z.string(),
  }),
  z.object({ error: z.string() }),
]);

/** Asked over a plain socket: tests may have switched HTTP off. */
async function cluster(): Promise<ClusterAccess> {
  const answer = clusterAnswer.parse(JSON.parse(await text(connect(inject("clusterPort"), "127.0.0.1"))));
  if ("error" in answer) throw new Error(`No PostgreSQL for the tests: ${answer.error}`);
  return answer;
}

/** For a test that gives logins to our roles: roles are the cluster's, and others look at them meanwhile. Stopped after the file. */
async function ownCluster(): Promise<ClusterAccess> {
  const dir = openDirectory("cluster");
  const started = await startTestCluster(join(dir, "postgres"));
  afterAll(async () => {
    await started.stop();
    rmSync(dir, { recursive: true, force: true });
  });
  return started;
}

const withDatabase = (url: string, name: string): string => url.replace(/[^/]*$/, name);

/** Call at the top of a test file (`const t = await testDatabase()`): everything is closed after the file. */
export async function testDatabase(of: "shared cluster" | "own cluster" = "shared cluster"): Promise<TestDatabase> {
  const { adminUrl, appUrl, sequencerUrl, verifierUrl, auditorUrl, brokerUrl, doerUrl, claimKey } =
    of === "own cluster" ? await ownCluster() : await cluster();
  const name = `t_${randomBytes(6).toString("hex")}`;
  const maintenance = new pg.Client({ connectionString: withDatabase(adminUrl, "postgres") });
  await maintenance.connect();
  await maintenance.query(`create database ${name} template ${TEMPLATE}`);
  await grantDatabase(maintenance, name);
  await maintenance.end();

  const urls = {
    app: withDatabase(appUrl, name),
    admin: withDatabase(adminUrl, name),
    sequencer: withDatabase(sequencerUrl, name),
    verifier: withDatabase(verifierUrl, name),
    auditor: withDatabase(auditorUrl, name),
    broker: withDatabase(brokerUrl, name),
    doer: withDatabase(doerUrl, name),
  };
  const keysDir = mkdtempSync(join(tmpdir(), "countersign-keys-"));
  const kms = createFileKms(keysDir);
  const keys = createKeys({ kms, clock: Date.now });
  const audit = createAudit({ keys });
  const spooled: Spooled[] = [];
  const operator: RegistryAccess = { adminUrl: urls.admin, claimKey, append: audit.append };
  const db = createDatabase({ url: urls.app, claimKey, maxConnections: 8 });
  await openRoot(db, kms);
  const open: pg.Client[] = [];
  const client = async (url: string, options = ""): Promise<pg.Client> => {
    const opened = new pg.Client({ connectionString: url, options });
    opened.on("error", () => {});
    await opened.connect();
    open.push(opened);
    return opened;
  };
  let looking: Promise<pg.Client> | null = null;
  const roles: { close(): Promise<void> }[] = [];
  afterAll(async () => {
    await Promise.all([db.close(), ...roles.map((role) => role.close())]);
    await Promise.all(open.map((each) => each.end().catch(() => {})));
    rmSync(keysDir, { recursive: true, force: true });
  });

  return {
    db,
    claimKey,
    operator,
    audit,
    append: audit.append,
    keys,
    kms,
    keysDir,
    spool: async (tenant, entry) => {
      const id = entryId(`01ff0000-0000-7000-8000-${String(spooled.length).padStart(12, "0")}`);
      if (id === null) throw new Error("no entry id");
      spooled.push({ tenant, id, entry });
      return id;
    },
    spooled,
    urls,
    role(role) {
      const opened = createRoleDatabase({ url: urls[role], role });
      roles.push(opened);
      return opened;
    },
    async adminSql(sqlText, values = []) {
      looking ??= client(urls.admin, "-c audit.migration=test");
      const result = await (await looking).query<Record<string, unknown>>(sqlText, [...values]);
      return result.rows;
    },
    appClient: () => client(urls.app),
    adminClient: () => client(urls.admin),
    async tenant(prefix, number) {
      const by = { operator: { type: "operator", id: "test" }, requestId: `test-${prefix}` } as const;
      const made = await onboard(operator, { prefix, by });
      if (made.kind !== "onboarded") throw new Error(`tenant ${prefix}: ${made.why}`);
      const installation = installationId(number);
      if (installation === null) throw new Error(`${number} is no installation id`);
      const bound = await bindInstallation(operator, { tenant: made.tenantId, installation, by });
      const claim = await db.claimForInstallation(installation);
      if (bound.kind !== "bound" || claim === null) throw new Error(`installation ${number} could not be bound`);
      return { id: made.tenantId, prefix, installation, claim };
    },
  };
}
