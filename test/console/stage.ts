// The console over a real database: what an HTTP client sees, and what the log then says.

import { createConsole, type ConsoleParts } from "#console";
import { EPOCHS } from "#audit";
import {
  createReading,
  newestNote,
  provenUnderWitnesses,
  readLeaves,
  readTile,
  tenantFile,
  type Audit,
} from "#audit/io";
import { issueKey } from "#identity/io";
import { createHttpApp } from "#platform/http";
import { createLog } from "#platform/log";
import type { TestDatabase, TestTenant } from "../support/database.ts";

export interface ConsoleStage {
  /** A GET, with a key's text or none. */
  get(path: string, key?: string, headers?: Readonly<Record<string, string>>): Promise<Response>;
  post(path: string, key?: string): Promise<Response>;
  key(tenant: TestTenant): Promise<{ readonly id: string; readonly text: string }>;
  /** Kinds and outcomes of the newest entries, newest first. */
  newest(tenant: TestTenant, count: number): Promise<readonly string[]>;
  /** Every entry there is, of all tenants. */
  entries(): Promise<number>;
}

export function consoleStage(
  t: TestDatabase,
  over: Partial<ConsoleParts> & { readonly audit?: Audit } = {},
): ConsoleStage {
  const { audit = t.audit, ...parts } = over;
  const app = createHttpApp({ log: createLog({ level: "silent", secrets: [] }), notReady: async () => null });
  app.route(
    "/",
    createConsole({
      db: t.db,
      append: audit.append,
      reading: createReading(audit),
      trees: {
        checkpoint: newestNote,
        tile: readTile,
        epochs: (tx, from, count) => readLeaves(tx, EPOCHS, from, count),
        file: tenantFile,
      },
      prove: provenUnderWitnesses,
      verify: async () => {
        throw new Error("no verifier here");
      },
      publicUrl: "https://countersign.example",
      witnesses: null,
      clock: () => Date.UTC(2026, 10, 21),
      ...parts,
    }),
  );
  return {
    get: async (path, key, headers = {}) =>
      app.request(path, { headers: { ...(key === undefined ? {} : { authorization: `Bearer ${key}` }), ...headers } }),
    post: async (path, key) =>
      app.request(path, { method: "POST", headers: key === undefined ? {} : { authorization: `Bearer ${key}` } }),
    async key(tenant) {
      const made = await issueKey(t.operator, {
        tenant: tenant.id,
        name: "auditor",
        capabilities: ["audit.read"],
        days: 1,
        by: { initiator: { type: "operator", id: "ada" }, requestId: "r1" },
      });
      if (made === null) throw new Error("no key");
      return made;
    },
    async newest(tenant, count) {
      const found = await t.db.withTenant(tenant.claim, (tx) => t.audit.recent(tx, { limit: count }));
      return found.map(({ kind, outcome }) => `${kind} ${outcome}`);
    },
    async entries() {
      const [row] = await t.adminSql("select count(*)::int as n from audit.entry");
      return Number(row?.["n"]);
    },
  };
}
