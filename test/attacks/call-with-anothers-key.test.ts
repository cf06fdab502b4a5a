// Somebody has a key: of another tenant, of an agent that is gone, one that ended, one that is for something else. What they learn, and
// what they reach.
import { beforeAll, describe, expect, it } from "vitest";
import { userId, type AgentId } from "#kernel";
import {
  addAgent,
  createAuthenticate,
  issueAgentKey,
  issueKey,
  personByGithub,
  revokeAgent,
  revokeKey,
} from "#identity/io";
import { agentStage } from "../mcp/stage.ts";
import { testDatabase, type TestTenant } from "../support/database.ts";

const t = await testDatabase();
const by = { initiator: { type: "operator", id: "ada" }, requestId: "r1" } as const;
const revoking = { ...t.operator, append: t.append, spool: t.spool };
const stage = await agentStage({
  authenticate: createAuthenticate({ db: t.db, tokens: null, requesterOf: personByGithub }),
});
let acme: TestTenant;
let globex: TestTenant;
beforeAll(async () => {
  acme = await t.tenant("acme", 1);
  globex = await t.tenant("globex", 2);
});

let count = 0;
async function agent(tenant: TestTenant): Promise<AgentId> {
  const requester = userId(7);
  if (requester === null) throw new Error("no account");
  count += 1;
  const made = await addAgent(t.operator, { tenant: tenant.id, name: `agent ${count}`, requester, tools: "all", by });
  if (made.kind !== "added") throw new Error(made.kind);
  return made.id;
}
async function key(tenant: TestTenant, id: AgentId) {
  const made = await issueAgentKey(t.operator, { tenant: tenant.id, agent: id, name: "key", days: 1, by });
  if (made === null) throw new Error("no key");
  return made;
}
/** Everything that a caller can see of an answer, but the request's own id. */
async function seen(text: string | null): Promise<string> {
  const response = await stage.fetch("/v1/tools", { key: text });
  const body = (await response.text()).replace(/urn:uuid:[0-9a-f-]+/, "");
  return `${response.status} ${response.headers.get("www-authenticate")?.replace(', error="invalid_token"', "")} ${body}`;
}

describe("with a key that opens nothing", () => {
  it("unknown, mistyped, revoked, expired, another kind, of an agent or a tenant that is gone: one answer", async () => {
    const answer = await seen(null);
    expect(answer).toMatch(/^401 Bearer realm="countersign" /);

    const revoked = await key(acme, await agent(acme));
    await revokeKey(revoking, { tenant: acme.id, keyId: revoked.id, by });
    const expired = await key(acme, await agent(acme));
    await t.adminSql(
      "update identity.api_key set issued_at = now() - interval '3 days', expires_at = now() - interval '1 second' where key_id = $1",
      [expired.id],
    );
    const leaving = await agent(acme);
    const orphan = await key(acme, leaving);
    await revokeAgent(revoking, { tenant: acme.id, agent: leaving, by });
    const reader = await issueKey(t.operator, {
      tenant: acme.id,
      name: "r",
      capabilities: ["audit.read"],
      days: 1,
      by,
    });
    const initech = await t.tenant("initech", 3);
    const suspended = await key(initech, await agent(initech));
    await t.adminSql("update platform.tenant set state = 'suspended', suspended_at = now() where id = $1", [
      initech.id,
    ]);

    const good = await key(acme, await agent(acme));
    const mistyped = `${good.text.slice(0, -1)}${good.text.endsWith("0") ? "1" : "0"}`;
    for (const text of [
      revoked.text,
      expired.text,
      orphan.text,
      reader?.text ?? "",
      suspended.text,
      mistyped,
      "csk_",
      "x",
    ])
      expect(await seen(text), text.slice(0, 8)).toBe(answer);
    expect(await seen(good.text)).toMatch(/^200 /);
  });

  it("a revocation is in force with its commit: the next request is nobody's", async () => {
    const made = await key(acme, await agent(acme));
    expect(await seen(made.text)).toMatch(/^200 /);
    await revokeKey(revoking, { tenant: acme.id, keyId: made.id, by });
    expect(await seen(made.text)).toMatch(/^401 /);
  });
});

describe("T2 with a key of another tenant", () => {
  it("the tenant is the key's own, whatever else the request says", async () => {
    const theirs = await agent(globex);
    const made = await key(globex, theirs);
    const asked: string[] = [];
    const own = await agentStage({
      authenticate: createAuthenticate({ db: t.db, tokens: null, requesterOf: personByGithub }),
      gateway: {
        handle: async (who) => {
          asked.push(`${who.tenant} ${who.agent}`);
          return { kind: "refused", call: null, code: "not_found", rules: [], why: "x", next: "y", human: false };
        },
      },
    });
    const more = { key: made.text, headers: { "x-tenant": acme.id, "countersign-tenant": "acme" } };
    // What the address says beside the way is not taken at all.
    expect((await own.post("/v1/calls?tenant=acme", { tool: "repo.read", arguments: {} }, more)).status).toBe(400);
    await own.post("/v1/calls", { tool: "repo.read", arguments: { tenant: acme.id, agent: await agent(acme) } }, more);
    expect(asked).toEqual([`${globex.id} ${theirs}`]);
  });

  it("an agent of one tenant cannot be given a key of another's: not even by the database's owner", async () => {
    await expect(
      t.adminSql(
        "insert into identity.api_key (tenant_id, sha256, name, capabilities, expires_at, agent_id) values ($1, sha256('x'), 'x', array['agent.call'], now() + interval '1 day', $2)",
        [acme.id, await agent(globex)],
      ),
    ).rejects.toThrow("foreign key");
  });
});
