import { beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { listKeys, revokeKey } from "#identity/io";
import { testDatabase, type TestTenant } from "../support/database.ts";
import { consoleStage } from "./stage.ts";

const t = await testDatabase();
const stage = consoleStage(t);
let acme: TestTenant;
beforeAll(async () => {
  acme = await t.tenant("acme", 1);
});

const ROTATE = "/audit/key/rotate";
const made = z.object({
  id: z.string(),
  key: z.string(),
  expiresAt: z.iso.datetime(),
  thisKeyEndsAt: z.iso.datetime(),
});
async function rotated(key: string) {
  const response = await stage.post(ROTATE, key);
  expect([response.status, response.headers.get("cache-control")]).toEqual([201, "no-store"]);
  return made.parse(await response.json());
}

describe("a key makes its own successor", () => {
  it("with the same tenant, name, rights and length of life; the old one goes on for a day; both acts are entries", async () => {
    const old = await stage.key(acme);
    const next = await rotated(old.text);
    expect(next.key).toMatch(/^csk_[0-9a-f]{72}$/);
    expect((await stage.get("/audit/entries", next.key)).status).toBe(200);
    expect((await stage.get("/audit/entries", old.text)).status).toBe(200);
    const keys = await listKeys(t.operator, acme.id);
    const [before, after] = [keys.find(({ id }) => id === old.id), keys.find(({ id }) => id === next.id)];
    expect([after?.name, after?.capabilities]).toEqual([before?.name, before?.capabilities]);
    expect(Date.parse(next.thisKeyEndsAt) - Date.now()).toBeLessThanOrEqual(86_400_000);
    expect(Date.parse(next.expiresAt) - Date.now()).toBeGreaterThan(86_000_000);
    expect(await stage.newest(acme, 6)).toContain("key.rotate success");
  });

  it("once: a second successor is refused, and the refusal says what it may mean", async () => {
    const old = await stage.key(acme);
    const next = await rotated(old.text);
    const again = await stage.post(ROTATE, old.text);
    expect(again.status).toBe(409);
    expect(await again.json()).toMatchObject({ title: expect.stringContaining("If that was not you") });
    expect((await rotated(next.key)).id).not.toBe(next.id);
  });

  it("of any number of requests at the same moment, one gets it", async () => {
    const old = await stage.key(acme);
    const statuses = await Promise.all(
      Array.from({ length: 8 }, async () => (await stage.post(ROTATE, old.text)).status),
    );
    expect(statuses.toSorted((a, b) => a - b)).toEqual([201, ...Array.from({ length: 7 }, () => 409)]);
  });

  it.each<[string, () => Promise<string | undefined>]>([
    ["no key", async () => undefined],
    ["a key that nobody was given", async () => `csk_${"0".repeat(72)}`],
    [
      "a revoked key",
      async () => {
        const { id, text } = await stage.key(acme);
        const by = { initiator: { type: "operator", id: "ada" }, requestId: "r" } as const;
        await revokeKey({ ...t.operator, append: t.append, spool: t.spool }, { tenant: acme.id, keyId: id, by });
        return text;
      },
    ],
    [
      "a key whose day after its rotation is over",
      async () => {
        const { id, text } = await stage.key(acme);
        await rotated(text);
        await t.adminSql(
          "update identity.api_key set issued_at = now() - interval '2 days', expires_at = now() - interval '1 second' where key_id = $1",
          [id],
        );
        return text;
      },
    ],
  ])("refused with the one answer: %s", async (_, key) => {
    expect((await stage.post(ROTATE, await key())).status).toBe(401);
  });

  it("is no GET: a link that somebody follows changes nothing", async () => {
    const old = await stage.key(acme);
    expect((await stage.get(ROTATE, old.text)).status).toBe(404);
    expect((await rotated(old.text)).key).not.toBe(old.text);
  });

  it("a server that was broken into rotates no key that it was not shown, and none of another tenant", async () => {
    const globex = await t.tenant("globex", 2);
    const theirs = await stage.key(globex);
    const rotate = async (hash: string): Promise<unknown> => {
      const app = await t.appClient();
      await app.query("begin");
      await app.query("select set_config('app.claim', $1, true)", [acme.claim.text]);
      const { rows } = await app.query(
        "select * from identity.rotate_key(decode($1, 'hex'), decode(repeat('ab', 32), 'hex'))",
        [hash],
      );
      await app.query("rollback");
      return rows;
    };
    const [row] = await t.adminSql("select encode(sha256, 'hex') as hash from identity.api_key where key_id = $1", [
      theirs.id,
    ]);
    expect(await rotate(String(row?.["hash"]))).toEqual([]);
    expect(await rotate("00".repeat(32))).toEqual([]);
    const app = await t.appClient();
    await expect(app.query("select sha256 from identity.api_key")).rejects.toMatchObject({ code: "42501" });
  });
});
