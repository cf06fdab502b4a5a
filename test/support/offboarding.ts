// A way out on a real database with real keys and logs; what is outside of both is here, in memory, and can be broken.

import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { Fault, type InstallationId, type TenantId } from "#kernel";
import { withOperator } from "#platform/postgres";
import type { CertificateFacts, GithubSide } from "#tenants";
import {
  createAssets,
  drive,
  offboard,
  offboardingOf,
  openClients,
  type Driven,
  type Offboarding,
  type OffboardParts,
} from "#tenants/io";
import type { TestDatabase, TestTenant } from "./database.ts";
import { sequenced } from "./sequenced.ts";

export const ADA = { operator: { type: "operator", id: "ada" }, requestId: "r1" } as const;
export const SERVER = { operator: { type: "app", id: "countersign" }, requestId: "offboarding" } as const;

export interface Outside {
  readonly installations: Map<InstallationId, "active" | "suspended" | "gone">;
  readonly openLeases: Map<TenantId, number>;
  readonly certificates: CertificateFacts[];
  /** What was asked for, in order. */
  readonly calls: string[];
  githubDown: boolean;
  channelsDown: boolean;
  keysOpenAnyway: boolean;
}

const AUTH = new TextEncoder().encode("test/canary");

/** What a way out needs of a test's database. */
export type Leavable = Pick<TestDatabase, "operator" | "db" | "role" | "keys" | "kms" | "adminSql">;

export async function offboarding(t: Leavable) {
  const directory = mkdtempSync(join(tmpdir(), "countersign-leaving-"));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  const clients = await openClients(directory);
  const outside: Outside = {
    installations: new Map(),
    openLeases: new Map(),
    certificates: [],
    calls: [],
    githubDown: false,
    channelsDown: false,
    keysOpenAnyway: false,
  };
  let epoch = 1_000;
  const answering = async (call: string): Promise<void> => {
    outside.calls.push(call);
    if (outside.githubDown) throw new Fault("github_unavailable", "GitHub does not answer.");
  };
  const stateOf = (one: InstallationId) => outside.installations.get(one) ?? "active";
  const becomes = async (what: "active" | "suspended" | "gone", one: InstallationId): Promise<void> => {
    await answering(`${what} ${one}`);
    if (stateOf(one) !== "gone") outside.installations.set(one, what);
  };
  const github: GithubSide = {
    suspend: (one) => becomes("suspended", one),
    unsuspend: (one) => becomes("active", one),
    remove: (one) => becomes("gone", one),
    async state(one) {
      await answering(`state ${one}`);
      return stateOf(one);
    },
  };
  const assets = createAssets({ access: t.operator, clients, kms: t.kms, github });
  const parts: OffboardParts = {
    access: t.operator,
    by: SERVER,
    database: t.db,
    verifier: t.role("verifier"),
    github,
    leases: {
      async revokeAll(tenant) {
        outside.calls.push("leases");
        outside.openLeases.delete(tenant);
      },
      open: async (tenant) => outside.openLeases.get(tenant) ?? 0,
    },
    channels: {
      async revoke() {
        outside.calls.push("channels");
        return outside.channelsDown
          ? { stands: { slack: "not known to be revoked" }, problems: ["Slack did not answer."] }
          : { stands: { slack: "revoked" }, problems: [] };
      },
    },
    keys: {
      async destroy(tenant) {
        outside.calls.push("destroy keys");
        await t.keys.destroyTenant(tenant);
        return [`kek of ${tenant}`];
      },
      opens: async (tenant) => outside.keysOpenAnyway || (await t.kms.state(tenant)) !== "destroyed",
      async seal(tenant) {
        if ((await t.kms.state(tenant)) === "destroyed") return null;
        await t.kms.create(tenant);
        return Buffer.from(await t.kms.wrap(tenant, randomBytes(32), AUTH)).toString("base64");
      },
      opensSealed: async (tenant, sealed) =>
        (await t.kms.unwrap(tenant, Buffer.from(sealed, "base64"), AUTH)).kind === "key",
    },
    assets,
    certificate: {
      async issue(facts) {
        if (!outside.certificates.some(({ tenantId }) => tenantId === facts.tenantId)) outside.certificates.push(facts);
        return { id: `certificate of ${facts.tenantId}` };
      },
    },
    backupDays: 30,
  };
  const of = (tenant: TestTenant): Promise<Offboarding | null> =>
    withOperator(t.operator, (tx) => offboardingOf(tx, tenant.id));
  return {
    clients,
    parts,
    outside,
    of,
    order: (tenant: TestTenant, reason = "contract ended") =>
      offboard(t.operator, { prefix: tenant.prefix, tenantId: tenant.id, reason, by: ADA }),
    drive: (tenant: TestTenant, over: Partial<OffboardParts> = {}): Promise<Driven> =>
      drive({ ...parts, ...over }, tenant.id, false),
    /** The window as it is `seconds` after the order. */
    async after(tenant: TestTenant, seconds: number): Promise<void> {
      for (const [table, key] of [
        ["platform.tenant", "id"],
        ["platform.offboarding", "tenant_id"],
      ])
        await t.adminSql(
          `update ${table} set hard_after = clock_timestamp() + interval '5 minutes' - make_interval(secs => $2) where ${key} = $1`,
          [tenant.id, seconds],
        );
    },
    /** Its log's newest epoch, cosigned: the order in it is known outside from now on. */
    witness: async (tenant: { readonly id: string }): Promise<void> =>
      void (await sequenced(t, tenant.id, ++epoch, true)),
  };
}
