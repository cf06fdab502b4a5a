import type { Certificate } from "#verifier";

/** A certificate as an erasure of two clients' worth of rows has it. */
export const sampleCertificate = (over: Partial<Certificate> = {}): Certificate => ({
  tenant: "0190c2a4-0000-7000-8000-000000000001",
  prefixHmac: "ab".repeat(32),
  order: {
    log: "0190c2a4-0000-7000-8000-000000000001",
    id: "0190c2a4-0000-7000-8000-0000000000aa",
    at: "2026-11-21T10:00:00.000Z",
  },
  hardAfter: "2026-11-21T10:05:00.000Z",
  steps: [
    { step: "provider_revoked", at: "2026-11-21T10:05:01.000Z", detail: { gone: 2 } },
    { step: "keys_destroyed", at: "2026-11-21T10:05:02.000Z", detail: { keys: ["kek of it"] } },
  ],
  rows: { "audit.body": 40, "gate.verdict": 7, "sql.nothing": 0 },
  assets: { file: 3, folder: 1 },
  keys: ["kek of 0190c2a4-0000-7000-8000-000000000001"],
  checks: ["a", "b", "c", "d", "e", "f", "g", "h", "i"].map((id) => ({ id, what: `look ${id}` })),
  override: null,
  horizon: "2026-12-21T10:05:09.000Z",
  log: { size: 12, root: "cd".repeat(32) },
  stays: { "audit.leaf": "hashes of entries" },
  ...over,
});
