// An issuer is configured, and somebody makes tokens of their own: without a signature, with the public key as a secret, for another
// server, for another tenant's agent.
import { createSecretKey, randomUUID } from "node:crypto";
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, type JWTPayload } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { userId, type AgentId } from "#kernel";
import { addAgent, createAuthenticate, createTokens, personByGithub, revokeAgent } from "#identity/io";
import { testDatabase, type TestTenant } from "../support/database.ts";

const t = await testDatabase();
const by = { initiator: { type: "operator", id: "ada" }, requestId: "r1" } as const;
const ISSUER = "https://issuer.example";
const AUDIENCE = "https://countersign.example/mcp";
const NOW = Date.now();
const { publicKey, privateKey } = await generateKeyPair("EdDSA", { extractable: true });
const jwk = { ...(await exportJWK(publicKey)), kid: "k1", alg: "EdDSA" };

const pages: Record<string, unknown> = {
  [`${ISSUER}/.well-known/oauth-authorization-server`]: { issuer: ISSUER, jwks_uri: `${ISSUER}/keys` },
  [`${ISSUER}/keys`]: { keys: [jwk] },
};
const asked: string[] = [];
const fakeFetch: typeof fetch = async (input) => {
  const url = input instanceof Request ? input.url : String(input);
  asked.push(url);
  return url in pages ? Response.json(pages[url]) : new Response("", { status: 404 });
};
const doorWith = (ask: typeof fetch) =>
  createAuthenticate({
    db: t.db,
    tokens: createTokens({ issuer: ISSUER, audience: AUDIENCE, fetch: ask, clock: () => NOW }),
    requesterOf: personByGithub,
  });
const authenticate = doorWith(fakeFetch);

let acme: TestTenant;
let globex: TestTenant;
let fixer: AgentId;
beforeAll(async () => {
  acme = await t.tenant("acme", 1);
  globex = await t.tenant("globex", 2);
  fixer = await agent(acme, "fixer");
});
async function agent(tenant: TestTenant, name: string): Promise<AgentId> {
  const requester = userId(7);
  if (requester === null) throw new Error("no account");
  const made = await addAgent(t.operator, { tenant: tenant.id, name, requester, tools: "all", by });
  if (made.kind !== "added") throw new Error(made.kind);
  return made.id;
}

const claims = (over: JWTPayload = {}): JWTPayload => ({
  iss: ISSUER,
  aud: AUDIENCE,
  exp: Math.floor(NOW / 1_000) + 300,
  tenant: acme.id,
  agent: fixer,
  ...over,
});
const without = (claim: string): JWTPayload =>
  Object.fromEntries(Object.entries(claims()).filter(([name]) => name !== claim));
const signed = (payload: JWTPayload, header: Record<string, unknown> = {}) =>
  new SignJWT(payload).setProtectedHeader({ alg: "EdDSA", kid: "k1", ...header }).sign(privateKey);
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

describe("access tokens", () => {
  it("one of the issuer, for this server, names its agent", async () => {
    expect(await authenticate(await signed(claims()))).toMatchObject({ tenant: acme.id, agent: fixer, name: "fixer" });
  });

  it.each<[string, () => Promise<string>]>([
    ["with alg none", async () => `${part({ alg: "none" })}.${part(claims())}.`],
    [
      "with alg None, and a signature of nothing",
      async () => `${part({ alg: "None", kid: "k1" })}.${part(claims())}.AA`,
    ],
    [
      "signed with the public key as a secret (HS256)",
      async () =>
        new SignJWT(claims())
          .setProtectedHeader({ alg: "HS256", kid: "k1" })
          .sign(createSecretKey(Buffer.from(await exportSPKI(publicKey)))),
    ],
    [
      "signed by somebody else",
      async () =>
        new SignJWT(claims())
          .setProtectedHeader({ alg: "EdDSA", kid: "k1" })
          .sign((await generateKeyPair("EdDSA")).privateKey),
    ],
    [
      "that brings its own key",
      async () => {
        const own = await generateKeyPair("EdDSA", { extractable: true });
        return new SignJWT(claims())
          .setProtectedHeader({ alg: "EdDSA", jwk: await exportJWK(own.publicKey) })
          .sign(own.privateKey);
      },
    ],
    ["that says where its key is", async () => signed(claims(), { kid: "k2", jku: "https://evil.example/keys" })],
    ["for another server", async () => signed(claims({ aud: "https://other.example/mcp" }))],
    ["for this server's other address", async () => signed(claims({ aud: "https://countersign.example" }))],
    ["of another issuer", async () => signed(claims({ iss: `${ISSUER}/` }))],
    ["that is over", async () => signed(claims({ exp: Math.floor(NOW / 1_000) - 6 }))],
    ["that never ends", async () => signed(without("exp"))],
    ["that is not yet", async () => signed(claims({ nbf: Math.floor(NOW / 1_000) + 60 }))],
    ["without an agent", async () => signed(without("agent"))],
    ["with an agent that is no id", async () => signed(claims({ agent: "fixer" }))],
    ["with a list for a tenant", async () => signed(claims({ tenant: [acme.id, globex.id] }))],
    ["T2 with another tenant's agent", async () => signed(claims({ tenant: globex.id }))],
    ["with an agent that nobody registered", async () => signed(claims({ agent: randomUUID() }))],
    ["cut in two", async () => (await signed(claims())).slice(0, 60)],
    ["that is larger than any", async () => signed(claims({ filler: "x".repeat(9_000) }))],
  ])("fails closed: one %s is nobody's", async (_what, token) => {
    expect(await authenticate(await token())).toBeNull();
    expect(asked.every((url) => url.startsWith(ISSUER))).toBe(true);
  });

  it("of an agent that is revoked, nobody's: the issuer need not know", async () => {
    const id = await agent(acme, "leaving");
    const token = await signed(claims({ agent: id }));
    expect(await authenticate(token)).not.toBeNull();
    await revokeAgent({ ...t.operator, append: t.append, spool: t.spool }, { tenant: acme.id, agent: id, by });
    expect(await authenticate(token)).toBeNull();
  });

  it("fails closed: an issuer that is away, or whose document names another one, lets nobody in, and the answer says so", async () => {
    const token = await signed(claims());
    const away = doorWith(async () => Promise.reject(new TypeError("fetch failed")));
    await expect(away(token)).rejects.toMatchObject({ code: "issuer_unavailable" });
    const another = doorWith(async () =>
      Response.json({ issuer: "https://evil.example", jwks_uri: "https://evil.example/k" }),
    );
    await expect(another(token)).rejects.toMatchObject({ code: "issuer_unavailable" });
  });
});
