import { beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { revokeKey } from "#identity/io";
import { LIMITS } from "../../src/console/limits.ts";
import { testDatabase, type TestTenant } from "../support/database.ts";
import { consoleStage } from "./stage.ts";

const t = await testDatabase();
const stage = consoleStage(t);
let acme: TestTenant;
let globex: TestTenant;
let key: { readonly id: string; readonly text: string };
beforeAll(async () => {
  acme = await t.tenant("acme", 1);
  globex = await t.tenant("globex", 2);
  key = await stage.key(acme);
});

const paths = (tenant: string): readonly string[] => [
  "/audit/entries",
  "/audit/proof/01ff0000-0000-7000-8000-000000000000",
  `/audit/t/${tenant}/checkpoint`,
  `/audit/t/${tenant}/tile/0/000`,
  `/audit/t/${tenant}/tile/entries/000`,
];
const problem = z.object({ type: z.string(), title: z.string(), status: z.number() });
/** Everything a caller can compare, without the request's own id. */
async function seen(response: Response) {
  const { type, title, status } = problem.parse(await response.json());
  return { type, title, status, authenticate: response.headers.get("www-authenticate") };
}

describe("T2 who has no key of the tenant learns nothing", () => {
  const mistyped = () => key.text.replace(/.$/, key.text.endsWith("0") ? "1" : "0");
  it.each<[string, () => Promise<Record<string, string>>]>([
    ["no key", async () => ({})],
    ["an empty key", async () => ({ authorization: "Bearer " })],
    ["another scheme", async () => ({ authorization: `Basic ${key.text}` })],
    ["a mistyped key", async () => ({ authorization: `Bearer ${mistyped()}` })],
    ["a well-formed key that nobody was given", async () => ({ authorization: "Bearer csk_0000" })],
    ["a key twice", async () => ({ authorization: `Bearer ${key.text}, Bearer ${key.text}` })],
    ["a very long header", async () => ({ authorization: `Bearer ${"a".repeat(5000)}` })],
    ["a key in another place", async () => ({ "x-api-key": key.text })],
    [
      "a revoked key",
      async () => {
        const revoked = await stage.key(acme);
        await revokeKey(
          { ...t.operator, append: t.append, spool: t.spool },
          {
            tenant: acme.id,
            keyId: revoked.id,
            by: { initiator: { type: "operator", id: "ada" }, requestId: "r" },
          },
        );
        return { authorization: `Bearer ${revoked.text}` };
      },
    ],
    [
      "an expired key",
      async () => {
        const expired = await stage.key(acme);
        await t.adminSql(
          "update identity.api_key set issued_at = now() - interval '2 days', expires_at = now() - interval '1 day' where key_id = $1",
          [expired.id],
        );
        return { authorization: `Bearer ${expired.text}` };
      },
    ],
  ])("%s: the one answer, on every path, and no entry", async (_what, headers) => {
    const given = await headers();
    const before = await stage.entries();
    for (const path of paths(acme.id))
      expect(await seen(await stage.get(path, undefined, given))).toEqual({
        type: "urn:countersign:error:unauthorized",
        title:
          "A valid API key is needed: Authorization: Bearer csk_... An operator makes one with `countersign key issue`.",
        status: 401,
        authenticate: 'Bearer realm="countersign"',
      });
    expect(await stage.entries()).toBe(before);
  });

  it("another tenant's log, one that does not exist and no tenant at all look the same, and the try is on record", async () => {
    const answers = [];
    for (const tenant of [globex.id, "01ff0000-0000-7000-8000-00000000beef", "globex", "..", "%2e%2e", "' or 1=1 --"])
      answers.push(await seen(await stage.get(`/audit/t/${encodeURIComponent(tenant)}/checkpoint`, key.text)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]?.status).toBe(404);
    expect((await stage.newest(acme, 1))[0]).toBe("key.use refused");
    expect((await stage.newest(globex, 1))[0]).not.toMatch(/^key.use/);
  });

  it("a suspended tenant's key is no key", async () => {
    const initech = await t.tenant("initech", 3);
    const own = await stage.key(initech);
    expect((await stage.get("/audit/entries", own.text)).status).toBe(200);
    await t.adminSql("update platform.tenant set state = 'suspended' where id = $1", [initech.id]);
    expect((await stage.get("/audit/entries", own.text)).status).toBe(401);
  });
});

describe("A3 every read is on record", () => {
  it.each<[string, () => string]>([
    ["entries", () => "/audit/entries"],
    ["a checkpoint", () => `/audit/t/${acme.id}/checkpoint`],
    ["a tile", () => `/audit/t/${acme.id}/tile/0/000`],
  ])("%s: the use of the key, and what was read", async (_what, path) => {
    await stage.get(path(), key.text);
    expect(await stage.newest(acme, 2)).toEqual(["audit.read success", "key.use success"]);
  });

  it("fail closed: where the log cannot be written there is no data, and the answer says only that something failed", async () => {
    const broken = consoleStage(t, {
      audit: {
        ...t.audit,
        append: async () => {
          throw new Error("could not extend file base/16384/secret");
        },
      },
    });
    for (const path of paths(acme.id)) {
      const response = await broken.get(path, key.text);
      const text = await response.text();
      expect(response.status).toBe(500);
      expect(text).not.toMatch(/secret|entries|c2sp/);
    }
  });

  it("fail closed: the read's own entry refused at commit leaves no answer", async () => {
    await t.adminSql(
      "create function public.no() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$",
    );
    await t.adminSql(
      "create constraint trigger no after insert on audit.search deferrable initially deferred for each row execute function public.no()",
    );
    try {
      const response = await stage.get("/audit/entries", key.text);
      expect(response.status).toBe(500);
      expect(await response.text()).not.toContain('"entries"');
    } finally {
      await t.adminSql("drop trigger no on audit.search");
    }
  });
});

describe("rates", () => {
  it("strangers together are slowed, a holder of a key is not", async () => {
    const timed = consoleStage(t, { clock: () => 0 });
    for (let i = 0; i < LIMITS.strangers.burst; i++) await timed.get("/audit/entries");
    expect((await timed.get("/audit/entries")).status).toBe(429);
    expect((await timed.get("/audit/entries", key.text)).status).toBe(200);
  });
});
