import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { EVERYTHING, parseFilter, type EntryFilter, type NewEntry } from "#audit";
import { createReading, formatCursor, FROM_NEWEST, FROM_OLDEST, parseCursor, reindex, type Cursor } from "#audit/io";
import { instantOfMillis, type EntryId } from "#kernel";
import { sampleEntry } from "../support/attack.ts";
import { testDatabase, type TestTenant } from "../support/database.ts";
import { sequencing } from "../support/sequencing.ts";

const t = await testDatabase();
const reading = createReading(t.audit);
const log = sequencing(t);
const ada = { initiator: { type: "operator", id: "ada" }, requestId: "read-1" } as const;
let acme: TestTenant;
let globex: TestTenant;
beforeAll(async () => {
  acme = await t.tenant("acme", 1);
  globex = await t.tenant("globex", 2);
});

const entry = (over: Partial<NewEntry> = {}): NewEntry =>
  sampleEntry({}, { target: { type: "pull_request", id: "77#12" }, requestId: "0B1C-Delivery", ...over });
const write = (tenant: TestTenant, over: Partial<NewEntry> = {}): Promise<EntryId> =>
  t.db.withTenant(tenant.claim, (tx) => t.append(tx, entry(over)));
const filtered = (over: Partial<EntryFilter>): EntryFilter => ({ ...EVERYTHING, ...over });
const read = (tenant: TestTenant, filter: EntryFilter, cursor: Cursor = FROM_NEWEST, limit = 200) =>
  t.db.withTenant(tenant.claim, (tx) => reading.entries(tx, ada, { filter, cursor, limit }));
const ids = async (filter: EntryFilter) => (await read(acme, filter)).entries.map(({ id }) => id);

describe("A3 reading the log is on record before anything is shown", () => {
  it("a page: who, with which filter, how many", async () => {
    await read(acme, filtered({ kinds: ["tenant.onboard"], actor: "7" }));
    const [noted] = await t.db.withTenant(acme.claim, (tx) => t.audit.recent(tx, { limit: 1 }));
    expect(noted).toMatchObject({
      kind: "audit.read",
      body: {
        initiator: { type: "operator", id: "ada" },
        target: { type: "log", id: acme.id },
        requestId: "read-1",
        payload: { filter: { kinds: ["tenant.onboard"], actor: "7" }, order: "newest", count: 0 },
      },
    });
  });

  it("one entry, also one that is not there", async () => {
    const id = await write(globex);
    expect(await t.db.withTenant(acme.claim, (tx) => reading.entry(tx, ada, id))).toBeNull();
    const [noted] = await t.db.withTenant(acme.claim, (tx) => t.audit.recent(tx, { limit: 1 }));
    expect(noted).toMatchObject({ kind: "audit.read", body: { target: { type: "entry", id }, payload: { count: 0 } } });
  });

  it("fail closed: where the entry cannot be written, nothing is read", async () => {
    const broken = createReading({
      ...t.audit,
      append: async () => {
        throw new Error("the disk is full");
      },
    });
    const asked = { filter: EVERYTHING, cursor: FROM_NEWEST, limit: 1 };
    await expect(t.db.withTenant(acme.claim, (tx) => broken.entries(tx, ada, asked))).rejects.toThrow("disk is full");
  });
});

describe("filters over sealed bodies", () => {
  it.each<[string, Partial<EntryFilter>, Partial<NewEntry>, Partial<NewEntry>]>([
    ["an actor by id", { actor: "801" }, { initiator: { type: "human", id: "801" } }, {}],
    [
      "an actor by type and id",
      { actor: "agent:802" },
      { initiator: { type: "agent", id: "802" } },
      { initiator: { type: "human", id: "802" } },
    ],
    [
      "a target",
      { target: "803#1" },
      { target: { type: "pull_request", id: "803#1" } },
      { target: { type: "pull_request", id: "803#11" } },
    ],
    [
      "everything in a repository",
      { target: "804" },
      { target: { type: "branch", id: "804/main" } },
      { target: { type: "branch", id: "8040/main" } },
    ],
    ["a request id, in any case", { request: "AB-805" }, { requestId: "ab-805" }, {}],
    ["a kind", { kinds: ["gate.revert"] }, { kind: "gate.revert" }, {}],
    ["an outcome", { outcomes: ["recovered"] }, { outcome: "recovered" }, {}],
    [
      "an actor and a kind",
      { actor: "806", kinds: ["gate.merge"] },
      { kind: "gate.merge", initiator: { type: "human", id: "806" } },
      { initiator: { type: "human", id: "806" } },
    ],
  ])("find %s, and not its neighbour", async (_what, filter, wanted, other) => {
    const id = await write(acme, wanted);
    const not = await write(acme, other);
    const found = await ids(filtered(filter));
    expect(found).toContain(id);
    expect(found).not.toContain(not);
  });

  it("T2 never find another tenant's", async () => {
    await write(globex, { initiator: { type: "human", id: "807" } });
    expect(await ids(filtered({ actor: "807" }))).toEqual([]);
  });

  it("the index holds neither actor nor request in plain, and another tenant's bytes for the same actor are others", async () => {
    const [a, b] = [await write(acme, { requestId: "needle-808" }), await write(globex, { requestId: "needle-808" })];
    const rows = await t.adminSql(
      "select s::text as row, blind from audit.search s where entry_id = any($1) order by entry_id",
      [[a, b]],
    );
    expect(JSON.stringify(rows.map(({ row }) => row))).not.toMatch(/needle|human:|77#/);
    const [first, second] = rows.map(({ blind }) => JSON.stringify(blind));
    expect(first).not.toEqual(second);
  });

  it.each([
    ["a quote", "7' or '1'='1"],
    ["a comment", "7; drop table audit.search; --"],
    ["a wildcard", "%"],
    ["a path", "../../etc/passwd"],
  ])("case 53: hostile text (%s) is only a value that nothing has", async (_what, actor) => {
    expect(await ids(filtered({ actor }))).toEqual([]);
  });

  it("since and until cut at the entry's own time", async () => {
    const id = await write(acme);
    const [found] = (await read(acme, EVERYTHING)).entries.filter((each) => each.id === id);
    if (found === undefined) throw new Error("not there");
    const next = instantOfMillis(found.at + 1);
    expect(await ids(filtered({ since: found.at, until: next }))).toContain(id);
    expect(await ids(filtered({ since: next }))).not.toContain(id);
    expect(await ids(filtered({ until: found.at }))).not.toContain(id);
  });
});

describe("the search index is no evidence", () => {
  it("lost, it can be made again, and every filter works as before", async () => {
    const id = await write(acme, { initiator: { type: "human", id: "809" } });
    const before = await t.adminSql("select * from audit.search where tenant_id = $1 order by entry_id", [acme.id]);
    await t.adminSql("delete from audit.search where tenant_id = $1", [acme.id]);
    expect((await read(acme, EVERYTHING)).entries.map((each) => each.id)).toContain(id);
    expect(await ids(filtered({ actor: "809" }))).toEqual([]);
    const done = await reindex({ access: t.operator, audit: t.audit, to: ada, say: () => {} }, acme.id);
    expect(done).toMatchObject({ closed: 0 });
    expect(await ids(filtered({ actor: "809" }))).toEqual([id]);
    const [noted] = (await read(acme, filtered({ kinds: ["audit.read"], actor: "ada" }))).entries.filter(
      ({ op }) => op.kind === "open" && JSON.stringify(op.value).includes('"reindex"'),
    );
    expect(noted).toBeDefined();
    const after = await t.adminSql("select * from audit.search where tenant_id = $1 order by entry_id", [acme.id]);
    expect(after).toEqual(expect.arrayContaining([...before]));
  });

  it("the server itself can neither change nor empty it", async () => {
    const client = await t.appClient();
    for (const statement of ["delete from audit.search", "update audit.search set kind = 'x'", "truncate audit.search"])
      await expect(client.query(statement)).rejects.toMatchObject({ code: "42501" });
  });
});

describe("pages", () => {
  it.each([1, 2, 7, 200])(
    "of %i, walked to the end while others append, show all that was there once",
    async (limit) => {
      const there = (await t.adminSql("select entry_id from audit.entry where tenant_id = $1", [globex.id])).map(
        (row) => String(row["entry_id"]),
      );
      const seen: string[] = [];
      for (let cursor: Cursor | null = FROM_NEWEST; cursor !== null;) {
        await write(globex);
        const page = await read(globex, EVERYTHING, cursor, limit);
        seen.push(...page.entries.map(({ id }) => id));
        cursor = page.next;
      }
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen).toEqual(expect.arrayContaining(there));
    },
  );

  it("oldest first goes by place in the log, which never changes: a walk that goes on misses nothing", async () => {
    await log.sequence();
    const first = await read(acme, EVERYTHING, FROM_OLDEST, 3);
    expect(first.entries.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(first.next).toEqual({ order: "oldest", from: 3 });
    const rest = await read(acme, EVERYTHING, { order: "oldest", from: 3 });
    expect(rest.next).toBeNull();
    const last = rest.entries.at(-1)?.index ?? 0;
    const id = await write(acme);
    await log.sequence();
    const news = await read(acme, EVERYTHING, { order: "oldest", from: last + 1 });
    expect(news.entries.map((each) => each.id)).toContain(id);
    expect(news.entries[0]?.index).toBe(last + 1);
  });

  it("end early when their bodies are large, and go on", async () => {
    const big = { body: "x".repeat(5 * 1024 * 1024) };
    const written = [await write(acme, big), await write(acme, big), await write(acme, big)];
    const first = await read(acme, EVERYTHING, FROM_NEWEST, 3);
    expect(first.entries).toHaveLength(1);
    const second = await read(acme, EVERYTHING, first.next ?? FROM_NEWEST, 3);
    expect(second.entries[0]?.id).toBe(written[1]);
  });

  it("cursors have one spelling", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.nat().map((from): Cursor => ({ order: "oldest", from })),
          fc.constant(FROM_NEWEST),
        ),
        (cursor) => {
          expect(parseCursor(formatCursor(cursor))).toEqual(cursor);
        },
      ),
    );
    for (const text of [
      "",
      "o.",
      "o.-1",
      "o.01",
      "o.1e9",
      "n.x",
      "n.01ff0000-0000-7000-8000-00000000000Z",
      "x.1",
      "o.1 ",
    ])
      expect(parseCursor(text)).toBeNull();
  });
});

describe("a filter as typed", () => {
  const now = instantOfMillis(Date.UTC(2026, 10, 21, 12));
  it.each([
    ["2026-11-20", Date.UTC(2026, 10, 20)],
    ["2026-11-20T10:00:00+02:00", Date.UTC(2026, 10, 20, 8)],
    ["90m", Date.UTC(2026, 10, 21, 10, 30)],
    ["7d", Date.UTC(2026, 10, 14, 12)],
  ])("since %s", (since, at) => {
    expect(parseFilter({ since }, now)).toMatchObject({ kind: "filter", filter: { since: at } });
  });

  it.each<[string, Parameters<typeof parseFilter>[0], string]>([
    ["a kind that is none", { kind: ["gate.verdcit"] }, "There is no kind"],
    ["an outcome that is none", { outcome: ["ok"] }, "There is no outcome"],
    ["yesterday", { since: "yesterday" }, "no time"],
    ["a time without zone", { since: "2026-11-20T10:00:00" }, "no time"],
    ["the 31st of February", { until: "2026-02-31T00:00:00" }, "no time"],
    ["the year 12026", { since: "12026-01-01" }, "no time"],
    ["since after until", { since: "1h", until: "2h" }, "before --until"],
    ["an empty actor", { actor: " " }, "ordinary characters"],
    ["a NUL in an actor", { actor: "7\u0000" }, "ordinary characters"],
    ["an escape in a kind", { kind: ["\u001b[2J"] }, "There is no kind"],
    ["half a character", { target: "\ud800" }, "ordinary characters"],
    ["a very long request", { request: "x".repeat(201) }, "ordinary characters"],
  ])("is refused with a sentence: %s", (_what, given, sentence) => {
    const parsed = parseFilter(given, now);
    const text = parsed.kind === "refused" ? parsed.problems.join() : "";
    expect(text).toContain(sentence);
    expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
  });
});
