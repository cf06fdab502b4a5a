import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { beforeEach, describe, expect, it } from "vitest";
import { cosignedCheckpoint, createPublisher, createWitnessing, platformNotes, type PublisherEvent } from "#audit/io";
import { Fault, PLATFORM_LOG } from "#kernel";
import { describeQuorum, isQuorum, parseNote, parseVkey, verifies, type Policy } from "#verifier";
import { verifyEd25519 } from "../../../src/audit/io/ed25519.ts";
import { sha256 } from "../../../src/audit/io/sha256.ts";
import { testDatabase } from "../../support/database.ts";
import { temporaryDirectory } from "../../support/program.ts";
import { sequencing } from "../../support/sequencing.ts";
import { testNetwork, type TestWitness } from "../../support/witnesses.ts";

const t = await testDatabase();
const log = sequencing(t);
const { vkey } = await log.broker.identity();
let now = Date.now();
const network = testNetwork(() => now);

const w1 = network.witness("w1", [vkey]);
const w2 = network.witness("w2", [vkey]);
const w3 = network.witness("w3", [vkey]);
const line = (w: TestWitness): string => `witness ${w.name} ${w.vkey} ${w.url}\n`;
const twoOfThree = network.policy(`${line(w1)}${line(w2)}${line(w3)}group all3 2 w1 w2 w3\nquorum all3\n`);

const database = t.role("sequencer");
const witnessing = (policy: Policy) =>
  createWitnessing({ database, policy, fetch: network.fetch, timeoutMs: 1_000, clock: () => now });

beforeEach(() => {
  now += 60 * 60_000;
  for (const witness of [w1, w2, w3]) {
    witness.instead = null;
    witness.asked = 0;
  }
});
const down = (): Response => new Response(null, { status: 503 });

async function entries(kind: string): Promise<readonly unknown[]> {
  const claim = await t.db.claimFor(PLATFORM_LOG);
  if (claim === null) throw new Error("no log of the platform");
  const found = await t.db.withTenant(claim, (tx) => t.audit.recent(tx, { limit: 100 }));
  return found.filter((entry) => entry.kind === kind).map(({ outcome }) => outcome);
}

describe("A3 an epoch's witnesses", () => {
  it("a new log is cosigned by all, and the note carries what every witness's key verifies", async () => {
    const epoch = await log.epoch();
    expect(await witnessing(twoOfThree)()).toMatchObject({ epoch, witnessing: { kind: "witnessed" } });
    const text = await database.transaction((tx) => cosignedCheckpoint(tx, epoch));
    const note = parseNote(text ?? "");
    if (note.kind === "malformed") throw new Error(note.why);
    for (const key of [vkey, w1.vkey, w2.vkey, w3.vkey].map((each) => parseVkey(sha256, each))) {
      if (key === null) throw new Error("no key");
      expect((await verifies(sha256, verifyEd25519, note, key)).kind).toBe("verified");
    }
  });

  it("who cosigned is not asked again, and the next epoch is proven from the one it saw", async () => {
    const round = witnessing(twoOfThree);
    await log.epoch();
    await round();
    await round();
    expect([w1.asked, w2.asked, w3.asked]).toEqual([1, 1, 1]);
  });

  it("case 26: one of three down: the quorum is there; back, it gets what it missed in one proof (409)", async () => {
    w3.instead = down;
    const round = witnessing(twoOfThree);
    await log.epoch();
    await log.epoch();
    expect(await round()).toMatchObject({ witnessing: { kind: "witnessed" } });
    w3.instead = null;
    now += 60_000;
    await round();
    expect((await database.transaction((tx) => cosignedCheckpoint(tx, 3)))?.match(/— w3/g)).toHaveLength(1);
  });

  it("case 26: a witness that lost its memory is asked from where it is (409)", async () => {
    const directory = temporaryDirectory();
    const before = network.witness("w4", [vkey], directory);
    const round = witnessing(network.policy(`${line(before)}quorum w4\n`));
    await log.epoch();
    expect(await round()).toMatchObject({ witnessing: { kind: "witnessed" } });
    before.close();
    // As somebody else's witness may: ours refuses to run without its file.
    const memory = new DatabaseSync(join(directory, "witness.sqlite"));
    memory.exec("delete from head");
    memory.close();
    const after = network.witness("w4", [vkey], directory);
    await log.epoch();
    expect(await round()).toMatchObject({ witnessing: { kind: "witnessed" } });
    expect(after.asked).toBe(2);
  });

  it.each<[string, () => Response | Promise<Response>, string]>([
    ["it answers 500", down, "down"],
    ["the connection breaks", () => Promise.reject(new TypeError("fetch failed")), "down"],
    ["it asks to wait", () => new Response(null, { status: 429, headers: { "retry-after": "90" } }), "limited"],
    ["it does not know the log", () => new Response(null, { status: 404 }), "refused"],
    ["it does not know the key", () => new Response(null, { status: 403 }), "refused"],
    ["it saw another past", () => new Response(null, { status: 422 }), "inconsistent"],
    ["it has seen more than there is", () => new Response("1000\n", { status: 409 }), "ahead"],
    ["it says 409 for ever", () => new Response("0\n", { status: 409 }), "down"],
    ["it says 409 without a size", () => new Response("many\n", { status: 409 }), "down"],
    ["it answers with nothing", () => new Response("", { status: 200 }), "down"],
    ["it answers with a line of nobody", () => new Response("— w.example AAAAAAAAAAAA\n", { status: 200 }), "down"],
    ["it answers without end", () => new Response("x".repeat(1_000_000), { status: 200 }), "down"],
    ["it sends elsewhere", () => Response.redirect("https://else.example/"), "refused"],
  ])("case 26: a witness alone in its quorum, and %s: unwitnessed, and asked again later", async (_, instead, kind) => {
    const policy = network.policy(`${line(w2)}quorum w2\n`);
    await log.epoch();
    w2.instead = instead;
    const round = witnessing(policy);
    expect(await round()).toMatchObject({ witnessing: { kind: "unwitnessed" }, witnesses: [{ last: { kind } }] });
    const { asked } = w2;
    w2.instead = null;
    await round();
    expect(w2.asked).toBe(asked);
    now += 2 * 60_000;
    expect(await round()).toMatchObject({ witnessing: { kind: "witnessed" } });
  });

  it("a cosignature of another epoch, shown for this one, is not kept", async () => {
    const policy = network.policy(`${line(w2)}quorum w2\n`);
    const old = await log.epoch();
    await witnessing(policy)();
    const [row] = await t.adminSql("select line from audit.cosignature where epoch = $1 and witness = $2", [
      old,
      w2.vkey,
    ]);
    await log.epoch();
    w2.instead = () => new Response(`${String(row?.["line"])}\n`);
    expect(await witnessing(policy)()).toMatchObject({ witnessing: { kind: "unwitnessed" } });
  });
});

describe("case 27: a witness's key is stolen", () => {
  it("alone it makes no quorum of two, however often it signs", () => {
    const [one, two] = twoOfThree.witnesses;
    if (one === undefined || two === undefined) throw new Error("no witnesses");
    expect(describeQuorum(twoOfThree.quorum)).toBe("2 of (w1, w2, w3)");
    expect(isQuorum(twoOfThree.quorum, new Set([one]))).toBe(false);
    expect(isQuorum(twoOfThree.quorum, new Set([one, two]))).toBe(true);
  });
});

describe("case 26: no quorum for two epochs", () => {
  it("raises the alarm once, as an entry, and ends it with another; appends go on all the while", async () => {
    const events: PublisherEvent[] = [];
    const publisher = createPublisher({
      witnessing: witnessing(twoOfThree),
      timestamping: null,
      directory: null,
      git: null,
      note: platformNotes({ database: t.db, append: t.append, observer: { type: "app", id: "1" } }),
      onEvent: (event) => events.push(event),
    });
    await log.epoch();
    await publisher.publish();
    expect(events.map(({ kind }) => kind)).toEqual(["witnessed"]);
    w1.instead = down;
    w2.instead = down;
    await log.epoch();
    await publisher.publish();
    expect(events).toHaveLength(1);
    await log.epoch();
    now += 60_000;
    await publisher.publish();
    await publisher.publish();
    await log.epoch();
    expect(publisher.state()).toMatchObject({ witnessing: { kind: "unwitnessed", missed: 2, alarm: true } });
    expect(events.map(({ kind }) => kind)).toEqual(["witnessed", "unwitnessed"]);
    expect(await entries("audit.unwitnessed")).toEqual(["failure"]);
    w1.instead = null;
    now += 60 * 60_000;
    await publisher.publish();
    expect(events.map(({ kind }) => kind)).toEqual(["witnessed", "unwitnessed", "witnessed"]);
    expect(await entries("audit.unwitnessed")).toEqual(["recovered", "failure"]);
  });

  it("a witness that saw another past is an entry of its own, once, also when the log is away as it is seen", async () => {
    const events: PublisherEvent[] = [];
    let away = false;
    const note = platformNotes({ database: t.db, append: t.append, observer: { type: "app", id: "1" } });
    const publisher = createPublisher({
      witnessing: witnessing(network.policy(`${line(w2)}quorum w2\n`)),
      timestamping: null,
      directory: null,
      git: null,
      note: (entry) => (away ? Promise.reject(new Fault("database_unavailable", "away")) : note(entry)),
      onEvent: (event) => events.push(event),
    });
    await log.epoch();
    w2.instead = () => new Response(null, { status: 422 });
    away = true;
    await publisher.publish();
    expect(await entries("audit.contradicted")).toEqual([]);
    away = false;
    now += 60 * 60_000;
    await publisher.publish();
    await publisher.publish();
    expect(events.filter(({ kind }) => kind === "contradicted")).toHaveLength(1);
    expect(await entries("audit.contradicted")).toEqual(["failure"]);
  });
});
