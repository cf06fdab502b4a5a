import { beforeAll, describe, expect, it } from "vitest";
import sql from "sql-template-tag";
import { z } from "zod";
import { Fault, personId, userId, type AgentId, type UserId } from "#kernel";
import {
  addAgent,
  createAuthenticate,
  issueAgentKey,
  issueKey,
  listAgents,
  listKeys,
  recognise,
  revokeAgent,
  rotateKey,
} from "#identity/io";
import { testDatabase, type TestTenant } from "../support/database.ts";

const t = await testDatabase();
const by = { initiator: { type: "operator", id: "ada" }, requestId: "r1" } as const;
const revoking = { ...t.operator, append: t.append, spool: t.spool };
const MONA = account(7);
const person = personId("01900000-0000-7000-8000-000000000007");
let acme: TestTenant;
let globex: TestTenant;
beforeAll(async () => {
  acme = await t.tenant("acme", 1);
  globex = await t.tenant("globex", 2);
});

function account(n: number): UserId {
  const made = userId(n);
  if (made === null) throw new Error("no account");
  return made;
}
const authenticate = createAuthenticate({
  db: t.db,
  tokens: null,
  requesterOf: async (_tx, who) => (who === MONA && person !== null ? { person, login: "mona" } : null),
});

async function agent(tenant: TestTenant, name: string, tools: readonly string[] | "all" = "all", who = MONA) {
  const made = await addAgent(t.operator, { tenant: tenant.id, name, requester: who, tools, by });
  if (made.kind !== "added") throw new Error(made.kind);
  return made.id;
}
async function keyOf(tenant: TestTenant, id: AgentId): Promise<string> {
  const made = await issueAgentKey(t.operator, { tenant: tenant.id, agent: id, name: "laptop", days: 30, by });
  if (made === null) throw new Error("no key");
  return made.text;
}
const newest = async (tenant: TestTenant) =>
  (await t.db.withTenant(tenant.claim, (tx) => t.audit.recent(tx, { limit: 1 })))[0];

describe("agents", () => {
  it("are recognised by their key: tenant, name, tools, and the person they act for", async () => {
    const id = await agent(acme, "fixer", ["repo.read", "pr.comment"]);
    expect(await authenticate(await keyOf(acme, id))).toEqual({
      tenant: acme.id,
      agent: id,
      key: expect.any(String),
      name: "fixer",
      requester: person,
      requesterName: "mona",
      tools: ["pr.comment", "repo.read"],
    });
  });

  it("a requester whom we do not know is named by GitHub's number, and is nobody's person", async () => {
    const id = await agent(acme, "of a stranger", "all", account(99));
    expect(await authenticate(await keyOf(acme, id))).toMatchObject({
      requester: null,
      requesterName: "github:99",
      tools: "all",
    });
  });

  it("A1 each is an entry when it comes, gets a key, and goes", async () => {
    const id = await agent(acme, "noted");
    expect(await newest(acme)).toMatchObject({
      kind: "agent.add",
      body: { target: { type: "agent", id }, payload: { name: "noted", requester: 7, tools: "all" } },
    });
    await keyOf(acme, id);
    expect(await newest(acme)).toMatchObject({
      kind: "key.issue",
      body: { payload: { agent: id, capabilities: ["agent.call"] } },
    });
    await revokeAgent(revoking, { tenant: acme.id, agent: id, by });
    expect(await newest(acme)).toMatchObject({ kind: "agent.revoke", body: { payload: { keys: 1 } } });
  });

  it("a name is one agent's at a time, however it is written; after a revocation it is free", async () => {
    const id = await agent(acme, "Deploy");
    const again = { tenant: acme.id, name: "deploy", requester: MONA, tools: "all", by } as const;
    expect(await addAgent(t.operator, again)).toEqual({ kind: "name_taken" });
    await revokeAgent(revoking, { tenant: acme.id, agent: id, by });
    expect(await addAgent(t.operator, again)).toMatchObject({ kind: "added" });
  });

  it("revoked: every key of it is nobody's at once, and there are no new ones", async () => {
    const id = await agent(acme, "leaving");
    const keys = [await keyOf(acme, id), await keyOf(acme, id)];
    const asked = { tenant: acme.id, agent: id, by };
    expect(await revokeAgent(revoking, asked)).toMatchObject({ kind: "revoked", keys: 2 });
    for (const key of keys) expect(await authenticate(key)).toBeNull();
    expect(await revokeAgent(revoking, asked)).toMatchObject({ kind: "already", keys: 0 });
    expect(await issueAgentKey(t.operator, { ...asked, name: "late", days: 1 })).toBeNull();
  });

  it("can be revoked while the log takes no entries: the entry waits in the spool", async () => {
    const id = await agent(acme, "urgent");
    const key = await keyOf(acme, id);
    const away = async (): Promise<never> => {
      throw new Fault("database_unavailable", "the disk is full");
    };
    expect(await revokeAgent({ ...revoking, append: away }, { tenant: acme.id, agent: id, by })).toMatchObject({
      kind: "revoked",
    });
    expect(await authenticate(key)).toBeNull();
    expect(t.spooled.at(-1)).toMatchObject({ tenant: acme.id, entry: { kind: "agent.revoke" } });
  });

  it("T2 another tenant can neither see, revoke nor give a key to one", async () => {
    const id = await agent(acme, "ours");
    expect((await listAgents(t.operator, globex.id)).map((each) => each.id)).not.toContain(id);
    expect(await revokeAgent(revoking, { tenant: globex.id, agent: id, by })).toEqual({ kind: "unknown" });
    expect(await issueAgentKey(t.operator, { tenant: globex.id, agent: id, name: "theirs", days: 1, by })).toBeNull();
    const seen = await t.db.withTenant(globex.claim, (tx) =>
      tx.many(sql`select agent_id from identity.agent`, z.unknown()),
    );
    expect(JSON.stringify(seen)).not.toContain(id);
  });
});

describe("one key is one thing", () => {
  it("an agent's key reads no log, a reader's key is no agent", async () => {
    const key = await keyOf(acme, await agent(acme, "caller"));
    const reader = await issueKey(t.operator, {
      tenant: acme.id,
      name: "auditor",
      capabilities: ["audit.read"],
      days: 1,
      by,
    });
    expect((await t.db.withPlatform((tx) => recognise(tx, key)))?.capabilities).toEqual(["agent.call"]);
    expect(await authenticate(reader?.text ?? "")).toBeNull();
  });

  it("the database refuses a key that would be both, or an agent's right that is nobody's", async () => {
    for (const can of [["agent.call"], ["audit.read", "agent.call"]])
      await expect(
        t.adminSql(
          "insert into identity.api_key (tenant_id, sha256, name, capabilities, expires_at) values ($1, sha256('x'), 'x', $2, now() + interval '1 day')",
          [acme.id, can],
        ),
      ).rejects.toThrow("api_key_capabilities_check");
  });

  it("the successor of an agent's key is the same agent's", async () => {
    const id = await agent(acme, "rotating");
    const key = await keyOf(acme, id);
    const next = await t.db.withTenant(acme.claim, (tx) => rotateKey(tx, t.append, { presented: key, by }));
    expect(await authenticate(next?.text ?? "")).toMatchObject({ agent: id });
    expect((await listKeys(t.operator, acme.id)).filter((each) => each.agent === id)).toHaveLength(2);
  });
});
