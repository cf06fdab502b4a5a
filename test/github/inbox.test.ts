import { describe, expect, test } from "vitest";
import { type Arrival, createInbox } from "#github";
import { appId, Fault } from "#kernel";
import { enqueue } from "#platform/jobs";
import type { Database } from "#platform/postgres";
import { checkWorld } from "../support/world.ts";
import { testDatabase } from "../support/database.ts";
import { delivery, FORMER_SECRET, SECRET, signature } from "./support/sign.ts";

const t = await testDatabase();
const acme = await t.tenant("acme", 101);
const globex = await t.tenant("globex", 202);
const id = appId(4242);
if (id === null) throw new Error("4242 is an app id");

const arrivals: Arrival[] = [];
const inboxOn = (db: Database) =>
  createInbox({
    db,
    enqueue,
    append: t.append,
    spool: t.spool,
    appId: id,
    secrets: [SECRET, FORMER_SECRET],
    host: "github.com",
    onArrival: (arrival) => arrivals.push(arrival),
  });
const inbox = inboxOn(t.db);

const payload = (installation: number | null, more: object = {}): string =>
  JSON.stringify({
    action: "opened",
    ...(installation === null ? {} : { installation: { id: installation } }),
    sender: { id: 7, login: "ann", type: "User" },
    repository: { id: 5 },
    ...more,
  });

const count = async (table: string): Promise<number> =>
  Number((await t.adminSql(`select count(*)::int as n from ${table}`))[0]?.n);
const state = async () => ({
  deliveries: await count("inbox.delivery"),
  entries: await count("audit.search where kind = 'github.delivery'"),
  jobs: await count("graphile_worker.jobs"),
});
const unchanged = async (act: () => Promise<void>): Promise<void> => {
  const before = await state();
  await act();
  expect(await state()).toEqual(before);
};

describe("G01 a delivery without a good signature leaves no state", () => {
  const body = payload(101);
  const cases: readonly [string, Request][] = [
    ["no signature", delivery({ body, signature: null })],
    ["another secret", delivery({ body, signature: signature(body, "somebody else's secret, 123456") })],
    ["Probot's well-known default secret", delivery({ body, signature: signature(body, "development") })],
    ["SHA-1 only", delivery({ body, signature: signature(body).replace("sha256", "sha1") })],
    ["half a signature", delivery({ body, signature: signature(body).slice(0, 40) })],
    ["a signature of the body before one byte was changed", delivery({ body: `${body} `, signature: signature(body) })],
    [
      "a signature of the parsed and rewritten body",
      delivery({ body: `{ "installation": {"id": 101} }`, signature: signature(`{"installation":{"id":101}}`) }),
    ],
  ];
  test.each(cases)("%s: 401", async (_, request) => {
    await unchanged(async () => expect((await inbox.fetch(request)).status).toBe(401));
  });

  test("the former secret is still good during a rotation", async () => {
    const rotated = payload(101, { rotated: true });
    expect((await inbox.fetch(delivery({ body: rotated, signature: signature(rotated, FORMER_SECRET) }))).status).toBe(
      202,
    );
  });

  test.each([["development"], [""], ["short"]])("the server refuses to be built with the secret %j", (secret) => {
    expect(() =>
      createInbox({
        db: t.db,
        enqueue,
        append: t.append,
        spool: t.spool,
        appId: id,
        secrets: [secret],
        host: "github.com",
      }),
    ).toThrow(Fault);
  });
});

describe("what arrives signed is stored before it is acknowledged", () => {
  test("row, audit entry and job come together, with the exact bytes", async () => {
    const before = await state();
    const body = payload(101, { note: "naïve – ✓" });
    const response = await inbox.fetch(delivery({ guid: "one", body }));
    expect(response.status).toBe(202);
    expect(await state()).toEqual({
      deliveries: before.deliveries + 1,
      entries: before.entries + 1,
      jobs: before.jobs + 1,
    });
    const [row] = await t.adminSql(
      "select tenant_id, event, convert_from(payload, 'UTF8') as body, done_at from inbox.delivery where guid = 'one'",
    );
    expect(row).toEqual({ tenant_id: acme.id, event: "pull_request", body, done_at: null });
    const [job] = await t.adminSql("select payload from graphile_worker._private_jobs where key = $1", [
      `delivery:${acme.id}:one`,
    ]);
    expect(job?.payload, "a job row is under no tenant's policy: ids only").toEqual({ tenant: acme.id, guid: "one" });
  });

  test("G02 the same delivery twice is one effect, and answered 202 again", async () => {
    const body = payload(101);
    expect((await inbox.fetch(delivery({ guid: "twice", body }))).status).toBe(202);
    await unchanged(async () => expect((await inbox.fetch(delivery({ guid: "twice", body }))).status).toBe(202));
  });

  test("G02 twenty copies at the same instant are one effect", async () => {
    const before = await state();
    const body = payload(101);
    const answers = await Promise.all(
      Array.from({ length: 20 }, async () => inbox.fetch(delivery({ guid: "race", body }))),
    );
    expect(answers.map((answer) => answer.status)).toEqual(Array.from({ length: 20 }, () => 202));
    expect(await state()).toEqual({
      deliveries: before.deliveries + 1,
      entries: before.entries + 1,
      jobs: before.jobs + 1,
    });
    expect(arrivals.filter((arrival) => arrival.kind === "stored" && arrival.guid === "race")).toHaveLength(1);
  });

  test("the same delivery id of two tenants is two deliveries: neither learns of the other", async () => {
    const before = await state();
    for (const installation of [101, 202])
      expect((await inbox.fetch(delivery({ guid: "shared", body: payload(installation) }))).status).toBe(202);
    expect((await state()).deliveries).toBe(before.deliveries + 2);
    const rows = await t.adminSql("select tenant_id from inbox.delivery where guid = 'shared' order by tenant_id");
    expect(rows.map((row) => row.tenant_id)).toEqual([acme.id, globex.id].toSorted());
  });

  test("ping is answered 200 and stores nothing", async () => {
    await unchanged(async () =>
      expect(
        (await inbox.fetch(delivery({ event: "ping", body: JSON.stringify({ zen: "Keep it logically awesome." }) })))
          .status,
      ).toBe(200),
    );
  });
});

describe("limits and malformed requests", () => {
  const big = Buffer.alloc(25 * 1024 * 1024 + 1, 0x20);

  test("an announced length beyond 25 MB: 413, unread", async () => {
    const request = new Request("http://countersign.test/api/github/webhooks", {
      method: "POST",
      body: "{}",
      headers: {
        "content-length": String(big.length),
        "x-hub-signature-256": signature("{}"),
        "x-github-delivery": "big",
        "x-github-event": "push",
      },
    });
    await unchanged(async () => expect((await inbox.fetch(request)).status).toBe(413));
  });

  test("a body that turns out longer than 25 MB, correctly signed: 413", async () => {
    await unchanged(async () => expect((await inbox.fetch(delivery({ body: big }))).status).toBe(413));
  });

  test.each<[string, Parameters<typeof delivery>[0]]>([
    ["not JSON", { body: "payload=%7B%7D" }],
    ["JSON, but no object", { body: "[1,2]" }],
    ["invalid UTF-8", { body: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]) }],
    ["an installation id that is no number", { body: `{"installation":{"id":"101"}}` }],
    ["an event name with a path in it", { body: payload(101), event: "../push" }],
    ["a delivery id with a space", { body: payload(101), guid: "a b" }],
  ])("%s: 400 and no state", async (_, sent) => {
    await unchanged(async () => expect((await inbox.fetch(delivery(sent))).status).toBe(400));
  });
});

describe("T2 an installation without an active tenant", () => {
  test.each([["push"], ["pull_request"], ["check_run"]])(
    "unknown installation, %s: 202 and dropped, counted",
    async (event) => {
      const before = arrivals.length;
      await unchanged(async () =>
        expect((await inbox.fetch(delivery({ event, body: payload(999) }))).status).toBe(202),
      );
      expect(arrivals.slice(before)).toMatchObject([{ kind: "no_tenant", event }]);
    },
  );

  test("installation events of an unknown one are remembered, to be bound at onboarding: its number and nothing else", async () => {
    for (const event of ["installation", "installation_repositories"]) {
      expect((await inbox.fetch(delivery({ event, body: payload(777, { account: "secret-co" }) }))).status).toBe(202);
    }
    expect(
      await t.adminSql(
        "select installation_id, host, deliveries from platform.installation_seen where installation_id = 777",
      ),
    ).toEqual([{ installation_id: "777", host: "github.com", deliveries: "2" }]);
    expect(await count("inbox.delivery where installation_id = 777")).toBe(0);
  });

  test("no installation in the payload: 202 and dropped", async () => {
    await unchanged(async () =>
      expect((await inbox.fetch(delivery({ event: "security_advisory", body: payload(null) }))).status).toBe(202),
    );
  });

  test("a suspended tenant's deliveries are dropped like an unknown one's", async () => {
    const gone = await t.tenant("initech", 303);
    await t.adminSql("update platform.tenant set state = 'suspended', epoch = epoch + 1 where id = $1", [gone.id]);
    await unchanged(async () => expect((await inbox.fetch(delivery({ body: payload(303) }))).status).toBe(202));
  });
});

describe("G08 the database is down", () => {
  const lost = (): Promise<never> => Promise.reject(new Fault("database_unavailable", "no connection"));
  const dead: Database = {
    withTenant: lost,
    atOnce: lost,
    withPlatform: lost,
    platformStatement: lost,
    batchClaim: () => "",
    claimFor: lost,
    claimForInstallation: lost,
    close: async () => {},
  };

  test("503: GitHub's log shows it as failed, and the reconciler has it sent again", async () => {
    await unchanged(async () => expect((await inboxOn(dead).fetch(delivery({ body: payload(101) }))).status).toBe(503));
    expect(arrivals.at(-1)).toMatchObject({ kind: "not_stored" });
  });

  test("it fails after the row was written: 503, and the row is not there", async () => {
    const broken = createInbox({
      db: t.db,
      enqueue: lost,
      append: t.append,
      spool: t.spool,
      appId: id,
      secrets: [SECRET],
      host: "github.com",
    });
    await unchanged(async () => expect((await broken.fetch(delivery({ body: payload(101) }))).status).toBe(503));
  });

  test("a forged delivery is refused without asking the database", async () => {
    expect((await inboxOn(dead).fetch(delivery({ body: payload(101), signature: signature("other") }))).status).toBe(
      401,
    );
  });
});

test("the log verifies and no tenant sees another's rows", async () => {
  expect(await checkWorld(t)).toBeGreaterThan(0);
});
