import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { tenantId } from "#kernel";
import type { Kms } from "#keys";
import { createVaultKms, type VaultPlace } from "#keys/io";
import { startVault, type FakeVault, type Interference, type Seen } from "../support/vault.ts";

const root = mkdtempSync(join(tmpdir(), "countersign-vault-"));
const vaults: FakeVault[] = [];
afterAll(async () => {
  for (const each of vaults) await each.close();
  rmSync(root, { recursive: true, force: true });
});
const acme = tenantId("01ff0000-0000-7000-8000-00000000000a") ?? expect.unreachable();
const context = Buffer.from("here");
const secret = Buffer.from("a data key of thirty-two bytes..");
const tokenFile = join(root, "token");
const secretIdFile = join(root, "secret-id");

const clock = { now: 100_000, slept: 0 };
beforeEach(() => {
  Object.assign(clock, { now: 100_000, slept: 0 });
  writeFileSync(tokenFile, "the-token\n");
  writeFileSync(secretIdFile, "the-secret-id\n");
});
const timing = {
  clock: () => clock.now,
  sleep: async () => {
    clock.slept += 1;
  },
  timeoutMs: 300,
};

async function vault(options: Parameters<typeof startVault>[0] = {}): Promise<FakeVault> {
  const started = await startVault(options);
  vaults.push(started);
  return started;
}
const byFile = { kind: "token_file", path: tokenFile } as const;
function kmsOf(server: FakeVault, place: Partial<VaultPlace> = {}): Kms {
  const whole = { address: server.address, namespace: null, transitMount: server.mount, login: byFile, ...place };
  return createVaultKms(whole, timing);
}
/** With a key of acme's, and something wrapped under it; what was asked so far is forgotten. */
async function inUse(): Promise<{ server: FakeVault; kms: Kms; wrapped: Uint8Array }> {
  const server = await vault();
  const kms = kmsOf(server);
  await kms.open(null);
  await kms.create(acme);
  const wrapped = await kms.wrap(acme, secret, context);
  server.seen.length = 0;
  return { server, kms, wrapped };
}
async function messageOf(work: Promise<unknown>): Promise<string> {
  const failed = await work.then(
    () => expect.unreachable(),
    (error: unknown) => error,
  );
  expect(failed).toMatchObject({ code: "keys_unavailable" });
  return failed instanceof Error ? failed.message : expect.unreachable();
}
const isCrypto = ({ path }: Seen): boolean => /\/(?:en|de)crypt\//.test(path);
const plaintext = secret.toString("base64");

const HOSTILE: readonly (readonly [string, Interference, RegExp])[] = [
  ["is sealed", { status: 503, body: { errors: ["Vault is sealed"] } }, /sealed/],
  ["breaks", { status: 500, body: { errors: [plaintext] } }, /status 500/],
  ["is behind a gateway that gave up", { status: 502, body: `<html>${plaintext}` }, /status 502/],
  ["limits us", { status: 429, body: { errors: [] } }, /status 429/],
  ["is a standby that does not forward", { status: 307, headers: { location: "http://127.0.0.1:1/v1/x" } }, /elsewhere/],
  ["hangs", "hang", /does not answer/],
  ["drops the connection", "drop", /does not answer/],
  ["sends without end", "endless", /without end|does not answer/],
  ["sends a page", { status: 200, body: "<html>hello" }, /no JSON/],
  ["sends nothing", { status: 200 }, /no JSON/],
  ["says done, without an answer", { status: 204 }, /otherwise than its API/],
  ["sends null", { status: 200, body: "null" }, /otherwise than its API/],
  ["sends another shape", { status: 200, body: { data: { plaintext: 7, ciphertext: 7 } } }, /otherwise than its API/],
  ["sends an empty key", { status: 200, body: { data: { plaintext: "", ciphertext: "vault:v1:" } } }, /otherwise than its API/],
  ["sends a shorter key", { status: 200, body: { data: { plaintext: "c2hvcnQ=", ciphertext: "vault:v1:c2hvcnQ=" } } }, /otherwise than its API/],
  ["sends no base64", { status: 200, body: { data: { plaintext: "%%%", ciphertext: "vault:v1:%%%" } } }, /otherwise than its API/],
  ["refuses, and repeats what it was asked", { status: 400, body: { errors: [`bad ${plaintext}`] } }, /otherwise than its API/],
  ["refuses in two sentences, one of which we know", { status: 400, body: { errors: ["cipher: message authentication failed", "and more"] } }, /otherwise than its API/],
  ["has no engine there", { status: 404, body: { errors: ["no handler for route"] } }, /VAULT_TRANSIT_MOUNT/],
  ["is something else that says 404", { status: 404, body: "{}" }, /another 404/],
  ["is something else that says 400", { status: 400, body: "{}" }, /another 400/],
]; // prettier-ignore

describe("T3 fail closed: Vault, when it", () => {
  it.each(HOSTILE)(
    "%s: nothing is sealed nor opened, nothing is guessed, and no sentence holds a key",
    async (_, given, why) => {
      const { server, kms, wrapped } = await inUse();
      server.held.interfere = (request) => (isCrypto(request) ? given : null);
      for (const work of [() => kms.unwrap(acme, wrapped, context), () => kms.wrap(acme, secret, context)]) {
        const message = await messageOf(work());
        expect(message).toMatch(why);
        expect(message).not.toContain(plaintext);
      }
      server.held.interfere = () => null;
      expect(await kms.unwrap(acme, wrapped, context)).toEqual({ kind: "key", bytes: secret });
    },
  );

  it.each(HOSTILE)(
    "%s about a tenant's state: it is not taken for a tenant without a key, nor for one that is destroyed",
    async (_, given) => {
      const { server, kms, wrapped } = await inUse();
      server.held.interfere = ({ path }) => (path.includes("/keys/") ? given : null);
      await messageOf(kms.state(acme));
      await messageOf(kms.unwrap(acme, wrapped, context));
      await messageOf(kms.create(acme));
      expect([...server.keys.keys()]).toEqual(["countersign-root", `countersign-${acme}`]);
    },
  );

  it("was sealed at start: the root is not taken for another one", async () => {
    const { server, kms } = await inUse();
    server.held.sealed = true;
    expect(await messageOf(kms.open("vault:0123456789abcdef0123456789abcdef"))).toMatch(/sealed/);
  });

  it("cannot be reached at all", async () => {
    const server = await startVault();
    await server.close();
    expect(await messageOf(kmsOf(server).open(null))).toMatch(/does not answer/);
  });

  it("lost a key without anybody having destroyed it: missing is not destroyed", async () => {
    const { server, kms, wrapped } = await inUse();
    server.keys.delete(`countersign-${acme}`);
    expect(await messageOf(kms.unwrap(acme, wrapped, context))).toMatch(/has no key/);
    expect(await messageOf(kms.wrap(acme, secret, context))).toMatch(/has no key/);
  });

  it("has a key under a tenant's name that somebody could export: it is not used", async () => {
    const { server, kms } = await inUse();
    const made = server.keys.get("countersign-root") ?? expect.unreachable();
    const globex = tenantId("01ff0000-0000-7000-8000-00000000000b") ?? expect.unreachable();
    // Between our look and our making it.
    server.held.interfere = ({ method, path }) => {
      if (method === "POST" && path.endsWith(`/keys/countersign-${globex}`))
        server.keys.set(`countersign-${globex}`, { ...made, exportable: true });
      return null;
    };
    expect(await messageOf(kms.create(globex))).toMatch(/exported/);
  });
});

describe("what is asked of Vault", () => {
  it("a hiccup is asked again, and the answer is the first good one", async () => {
    const { server, kms, wrapped } = await inUse();
    let failures = 2;
    server.held.interfere = (request) => (isCrypto(request) && failures-- > 0 ? "drop" : null);
    expect(await kms.unwrap(acme, wrapped, context)).toEqual({ kind: "key", bytes: secret });
    expect(clock.slept).toBe(2);
  });

  it("three times and no more: an outage ends in an answer", async () => {
    const { server, kms, wrapped } = await inUse();
    server.held.interfere = (request) => (isCrypto(request) ? { status: 500 } : null);
    await messageOf(kms.unwrap(acme, wrapped, context));
    expect(server.seen.filter(isCrypto)).toHaveLength(3);
  });

  it("an answer that was lost after the act: destroying again ends it, in one key and one mark", async () => {
    const { server, kms, wrapped } = await inUse();
    let swallowed = 0;
    server.held.swallow = ({ method }) => method !== "GET" && (swallowed += 1) % 2 === 1;
    await kms.destroy(acme);
    expect([...server.keys.keys()]).toEqual(["countersign-root", `countersign-${acme}-destroyed`]);
    expect(await kms.unwrap(acme, wrapped, context)).toEqual({ kind: "destroyed" });
  });

  it.each([1, 2, 3, 4, 5, 6])(
    "a crash after %i requests of destroying: nothing opens, or everything does; again ends it",
    async (most) => {
      const { server, kms, wrapped } = await inUse();
      let asked = 0;
      server.held.interfere = () => ((asked += 1) > most ? { status: 500 } : null);
      await messageOf(kms.destroy(acme));
      server.held.interfere = () => null;
      const after = await kms.unwrap(acme, wrapped, context);
      expect(after.kind).toBe((await kms.state(acme)) === "destroyed" ? "destroyed" : "key");
      await kms.destroy(acme);
      expect(await kms.unwrap(acme, wrapped, context)).toEqual({ kind: "destroyed" });
      expect(server.keys.has(`countersign-${acme}`)).toBe(false);
    },
  );

  it("the context goes along as associated data, to Vault, and no key of ours in any path", async () => {
    const { server, kms } = await inUse();
    await kms.wrap(acme, secret, context);
    const asked = server.seen.find(isCrypto) ?? expect.unreachable();
    expect(asked).toMatchObject({ path: `transit/encrypt/countersign-${acme}`, token: "the-token" });
    expect(asked.body).toEqual({ plaintext, associated_data: context.toString("base64") });
  });

  it("of a namespace and a mount of one's own", async () => {
    const server = await vault({ mount: "team/keys", namespace: "ops" });
    const kms = kmsOf(server, { namespace: "ops" });
    await kms.open(null);
    await kms.create(acme);
    expect(await kms.unwrap(acme, await kms.wrap(acme, secret, context), context)).toMatchObject({ kind: "key" });
    expect(await messageOf(kmsOf(server).open(null))).toMatch(/VAULT_TRANSIT_MOUNT/);
  });
});

describe("who asks", () => {
  it("a token that ran out: the file is read anew, since Vault's agent replaces it", async () => {
    const { server, kms, wrapped } = await inUse();
    server.held.tokens.clear();
    server.held.tokens.add("the-next");
    expect(await messageOf(kms.unwrap(acme, wrapped, context))).toMatch(/403/);
    writeFileSync(tokenFile, "the-next\n");
    expect(await kms.unwrap(acme, wrapped, context)).toMatchObject({ kind: "key" });
  });

  it("fail closed: a token that may not, says so without naming a tenant", async () => {
    const { server, kms, wrapped } = await inUse();
    server.held.interfere = (request) => (isCrypto(request) ? { status: 403, body: { errors: ["no"] } } : null);
    const message = await messageOf(kms.unwrap(acme, wrapped, context));
    expect(message).toMatch(/POST transit\/decrypt\/countersign-\* \(403\)/);
    expect(message).not.toContain("the-token");
  });

  it.each<[string, string]>([
    ["is empty", ""],
    ["holds two lines: no header is made of it", "one\ntwo"],
  ])("fail closed: a token file that %s", async (_, text) => {
    writeFileSync(tokenFile, text);
    const server = await vault();
    const message = await messageOf(kmsOf(server).open(null));
    expect(message).toMatch(/VAULT_TOKEN_FILE/);
    expect(message).not.toContain("two");
    expect(server.seen).toEqual([]);
  });

  it("an AppRole logs in once for many, and again before its token runs out", async () => {
    const server = await vault();
    server.held.appRole = { roleId: "the-role", secretId: "the-secret-id", leaseSeconds: 300 };
    const login = { kind: "app_role", mount: "approle", roleId: "the-role", secretIdFile } as const;
    const kms = kmsOf(server, { login });
    await kms.open(null);
    await kms.create(acme);
    await Promise.all(Array.from({ length: 8 }, () => kms.wrap(acme, secret, context)));
    const logins = (): number => server.seen.filter(({ path }) => path === "auth/approle/login").length;
    expect(logins()).toBe(1);
    clock.now += 200_000;
    await Promise.all(Array.from({ length: 8 }, () => kms.wrap(acme, secret, context)));
    expect(logins()).toBe(2);
    clock.now += 30_000;
    server.held.tokens.clear();
    await kms.wrap(acme, secret, context);
    expect(logins()).toBe(3);
    server.held.interfere = (request) => (isCrypto(request) ? { status: 403 } : null);
    for (let i = 0; i < 4; i += 1) await messageOf(kms.wrap(acme, secret, context));
    expect(logins()).toBe(3);
  });

  it("fail closed: an AppRole whose secret id is used up", async () => {
    const server = await vault();
    server.held.appRole = { roleId: "the-role", secretId: "another", leaseSeconds: 300 };
    const login = { kind: "app_role", mount: "approle", roleId: "the-role", secretIdFile } as const;
    const message = await messageOf(kmsOf(server, { login }).open(null));
    expect(message).toMatch(/VAULT_SECRET_ID_FILE/);
    expect(message).not.toContain("the-secret-id");
  });

  it.each([["create"], ["root"], ["sudo"]])(
    "fail closed: a token with %s on encrypt is refused at start: Vault would make a destroyed key anew",
    async (capability) => {
      const server = await vault();
      server.held.capabilities = ["update", capability];
      await expect(kmsOf(server).open(null)).rejects.toMatchObject({ code: "config_invalid" });
      expect(server.keys.size).toBe(0);
    },
  );
});
