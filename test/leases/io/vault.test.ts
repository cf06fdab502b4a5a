import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { LeaseRequest, Minted } from "#leases";
import { createVaultProvider } from "#leases/io";
import { startVault, type FakeVault, type Interference } from "../../support/vault.ts";
import { ACME, GLOBEX } from "../support/live.ts";
import { vaultLogins } from "../support/vault-logins.ts";

const root = mkdtempSync(join(tmpdir(), "countersign-vault-leases-"));
const tokenFile = join(root, "token");
let server: FakeVault;
let engine: ReturnType<typeof vaultLogins>;
beforeAll(async () => {
  server = await startVault();
});
afterAll(async () => {
  await server.close();
  rmSync(root, { recursive: true, force: true });
});
beforeEach(() => {
  writeFileSync(tokenFile, "the-token\n");
  engine = vaultLogins(server.held.tokens);
  server.held.interfere = engine.answer;
  server.held.swallow = () => false;
  server.seen.length = 0;
});

const provider = () =>
  createVaultProvider({
    place: { address: server.address, namespace: null, transitMount: "transit", login: { kind: "token_file", path: tokenFile } }, // prettier-ignore
    prefixOf: async (tenant) => (tenant === ACME ? "acme" : null),
    timing: { clock: () => 1_000_000, sleep: async () => {}, timeoutMs: 300 },
  });
const request = (role = "acme-reader", mount = "database", tenant = ACME): LeaseRequest => ({
  tenant,
  run: randomUUID(),
  purpose: "sql.select",
  scope: { kind: "vault", mount, role },
  seconds: 60,
});
async function minted(): Promise<Minted> {
  const answer = await provider().mint(request());
  return answer.kind === "minted" ? answer.minted : expect.unreachable();
}
const asked = () => server.seen.map(({ method, path }) => `${method} ${path}`);

describe("X14 a login that Vault makes for one lease", () => {
  it("is read at <mount>/creds/<role>, and ended by its lease id", async () => {
    const one = await minted();
    const [[leaseId, login] = expect.unreachable()] = engine.leases;
    expect(one).toEqual({ credential: { kind: "login", ...login }, revocation: { leaseId }, endsAt: 4_600_000 });
    await provider().revoke(request(), one);
    expect(engine.leases.size).toBe(0);
    expect(asked()).toEqual(["GET database/creds/acme-reader", "POST sys/leases/revoke"]);
    expect(server.seen[1]?.body).toEqual({ lease_id: leaseId, sync: true });
  });

  it("L2 two leases of the same role are two logins; ending one leaves the other", async () => {
    const [one, two] = await Promise.all([minted(), minted()]);
    expect(one.credential).not.toEqual(two.credential);
    await provider().revoke(request(), one);
    expect([...engine.leases.keys()]).toEqual([two.revocation["leaseId"]]);
  });

  it("one that is over already is over", async () => {
    const one = await minted();
    await provider().revoke(request(), one);
    await expect(provider().revoke(request(), one)).resolves.toBeUndefined();
  });
});

describe("fail closed", () => {
  it.each([
    ["another client's role", "globex-reader", "database"],
    ["a role of nobody's", "reader", "database"],
    ["a role that begins with the prefix and no hyphen", "acmereader", "database"],
    ["a path in the role", "acme-x/../globex-reader", "database"],
    ["a path in the mount", "acme-reader", "database/../sys"],
    ["an escape in the mount", "acme-reader", "sys%2f"],
    ["an empty mount", "acme-reader", ""],
  ])("%s is refused before Vault is asked", async (_, role, mount) => {
    expect((await provider().mint(request(role, mount))).kind).toBe("refused");
    expect(server.seen).toEqual([]);
  });

  it("a client that is not active is refused before Vault is asked", async () => {
    expect((await provider().mint(request("globex-reader", "database", GLOBEX))).kind).toBe("refused");
    expect(server.seen).toEqual([]);
  });

  it.each<readonly [string, (made: Readonly<Record<string, unknown>>) => unknown]>([
    ["without a lease, as static secrets are", (made) => ({ ...made, lease_id: "" })],
    ["of another role", (made) => ({ ...made, lease_id: String(made["lease_id"]).replace("acme", "globex") })],
    ["without a password", (made) => ({ ...made, data: { username: "x" } })],
    ["of another kind", (made) => ({ ...made, data: { access_key: "x" } })],
  ])("an answer %s is given back and refused, and no sentence repeats it", async (_, data) => {
    engine.held.data = data;
    const answer = await provider().mint(request());
    expect(answer.kind).toBe("refused");
    const [[, login] = [null, null]] = engine.leases;
    if (login !== null) expect(JSON.stringify(answer)).not.toContain(login.password);
  });

  it.each<readonly [string, Interference]>([
    ["is sealed", { status: 503, body: { errors: ["Vault is sealed"] } }],
    ["breaks", { status: 500, body: { errors: ["x"] } }],
    ["hangs", "hang"],
    ["drops the connection", "drop"],
    ["sends us elsewhere", { status: 307, headers: { location: "http://127.0.0.1:1/" } }],
  ])("Vault %s while minting: thrown as not known, and asked only once", async (_, given) => {
    server.held.interfere = (seen) => (seen.path.startsWith("database/") ? given : null);
    await expect(provider().mint(request())).rejects.toMatchObject({ code: "keys_unavailable" });
    expect(asked()).toEqual(["GET database/creds/acme-reader"]);
  });

  it.each<readonly [string, Interference]>([
    ["is sealed", { status: 503, body: { errors: ["Vault is sealed"] } }],
    ["says no", { status: 400, body: { errors: ["failed to revoke entry"] } }],
    ["hangs", "hang"],
  ])("L5 Vault %s while revoking: thrown, so that it is asked again", async (_, given) => {
    const one = await minted();
    server.held.interfere = (seen) => (seen.path.startsWith("sys/leases/") ? given : null);
    await expect(provider().revoke(request(), one)).rejects.toMatchObject({ code: "keys_unavailable" });
    server.held.interfere = engine.answer;
    await provider().revoke(request(), one);
    expect(engine.leases.size).toBe(0);
  });

  it("a policy that lacks the role: refused, since nothing was made, and the sentence says what to do", async () => {
    server.held.interfere = (seen) => (seen.path.startsWith("database/") ? { status: 403, body: { errors: ["permission denied"] } } : null); // prettier-ignore
    expect(await provider().mint(request())).toMatchObject({ kind: "refused", why: expect.stringMatching(/policy/) });
  });
});
