import { beforeAll, describe, expect, it } from "vitest";
import { attack, scene, type Scene } from "../support/attack.ts";
import { testDatabase } from "../support/database.ts";

const t = await testDatabase();
let s: Scene;
beforeAll(async () => {
  s = await scene(t);
});

const as = (role: string, statement: string, claim = "") =>
  attack(s.superuser, claim, `set local role countersign_${role}`, statement);

describe("T2, A2 each role can do its own work and nothing beside it", () => {
  it.each<[role: string, statement: string]>([
    ["verifier", "select from audit.body"],
    ["verifier", "select from audit.search"],
    ["verifier", "select from platform.tenant"],
    ["verifier", "insert into audit.leaf select tenant_id, 0, entry_id, leaf_hash, leaf_hash from audit.entry"],
    ["sequencer", "select from audit.body"],
    ["sequencer", "select leaf from audit.entry"],
    [
      "sequencer",
      "insert into audit.entry (tenant_id, entry_id, leaf) values (gen_random_uuid(), gen_random_uuid(), '{}')",
    ],
    ["sequencer", "update audit.entry set leaf = '{}'"],
    ["sequencer", "update audit.leaf set idx = 0"],
    ["sequencer", "delete from audit.tile"],
    [
      "auditor",
      "insert into audit.search (tenant_id, entry_id, kind) values (gen_random_uuid(), gen_random_uuid(), 'x')",
    ],
    ["auditor", "delete from audit.body"],
    ["auditor", "update platform.tenant set state = 'active'"],
    ["auditor", "select from keyring.claim_key"],
    ["operator", "select from keyring.claim_key"],
    ["operator", "update platform.tenant set prefix = 'other'"],
    ["operator", "delete from platform.installation"],
    ["operator", "delete from audit.entry"],
    ["operator", "select from graphile_worker._private_jobs"],
    ["scheduler", "select from audit.entry"],
    ["doer", "update audit.entry set leaf = '{}'"],
    ["doer", "select sealed from packets.signing_key"],
    ["doer", "select from leases.lease"],
    ["doer", "delete from doer.nonce"],
    ["broker", "update audit.entry set leaf = '{}'"],
    ["broker", "delete from leases.lease"],
    ["eraser", "delete from audit.body"],
  ])("%s: %s", async (role, statement) => {
    expect(await as(role, statement)).toMatchObject({ refused: "42501" });
  });

  it("the verifier sees the hashes of every tenant, since a hidden row is what it looks for", async () => {
    const answer = await as("verifier", "select distinct tenant_id from audit.entry");
    expect(answer).toMatchObject({ count: 2 });
  });

  it("D8 the operator without a claim sees no entry of any tenant", async () => {
    expect(await as("operator", "select from audit.entry")).toMatchObject({ count: 0 });
  });
});
