import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createStopLog, type Stop, type StopLog } from "#audit/io";
import { Fault } from "#kernel";
import { testDatabase, type TestTenant } from "../support/database.ts";
import { checkWorld } from "../support/world.ts";

const t = await testDatabase();
const root = mkdtempSync(join(tmpdir(), "countersign-spool-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let acme: TestTenant;
beforeAll(async () => {
  acme = await t.tenant("acme", 1);
});

let away = false;
let keysAway = false;
const lost = (): Promise<never> => Promise.reject(new Fault("database_unavailable", "the disk is full"));
let made = 0;
function stopsIn(directory = join(root, `spool-${(made += 1)}`)): {
  readonly directory: string;
  readonly stops: StopLog;
} {
  const stops = createStopLog({
    directory,
    kms: {
      wrap: (...given) => (keysAway ? Promise.reject(new Fault("keys_unavailable", "away")) : t.kms.wrap(...given)),
      unwrap: (...given) => t.kms.unwrap(...given),
    },
    database: {
      claimFor: (tenant) => (away ? lost() : t.db.claimFor(tenant)),
      withTenant: (claim, fn) => (away ? lost() : t.db.withTenant(claim, fn)),
    },
    append: t.append,
    clock: Date.now,
  });
  return { directory, stops };
}

const stop = (reason: string): Stop => ({
  kind: "control.stop",
  outcome: "success",
  observer: { type: "app", id: "countersign" },
  initiator: { type: "human", id: "7" },
  target: { type: "tenant", id: acme.id },
  requestId: "r1",
  body: { reason },
});
async function whileAway<T>(work: () => Promise<T>): Promise<T> {
  away = true;
  try {
    return await work();
  } finally {
    away = false;
  }
}
const entered = async (): Promise<readonly unknown[]> =>
  (await t.db.withTenant(acme.claim, (tx) => t.audit.recent(tx, { limit: 100, kinds: ["control.stop"] }))).map(
    ({ body }) => body,
  );
const fileOf = (directory: string): string => join(directory, readdirSync(directory)[0] ?? expect.unreachable());

describe("case 36: stops work while the log cannot be written, and are in it afterwards", () => {
  it("with the log there, a stop goes straight into it and nothing is spooled", async () => {
    const { stops } = stopsIn();
    expect(await stops.record(acme.id, stop("straight"))).toMatchObject({ kind: "entered" });
    expect(await stops.drain()).toEqual({ entered: 0, kept: 0, damaged: 0 });
    expect(await entered()).toMatchObject([{ payload: { stop: { reason: "straight" } } }]);
  });

  it("with the log away, it is on this machine's disk before it is acknowledged: this user's alone, its body sealed", async () => {
    const { directory, stops } = stopsIn();
    const answer = await whileAway(() => stops.record(acme.id, stop("the agent deletes things")));
    expect(answer.kind).toBe("spooled");
    const text = readFileSync(fileOf(directory), "utf8");
    expect(text).toContain(answer.id);
    expect(text).not.toContain("deletes");
    expect(statSync(fileOf(directory)).mode & 0o077).toBe(0);
    expect(statSync(directory).mode & 0o077).toBe(0);
  });

  it("is drained in its order, with the time at which it happened, once, however often it is tried", async () => {
    const { directory, stops } = stopsIn();
    await whileAway(async () => {
      for (const reason of ["first", "second", "third"]) await stops.spoolStop(acme.id, stop(reason));
    });
    const copy = readFileSync(fileOf(directory), "utf8");
    await expect(whileAway(() => stops.drain())).rejects.toThrow("the disk is full");
    // The next process finds what the one before left behind, half drained or not at all.
    expect(await stopsIn(directory).stops.drain()).toEqual({ entered: 3, kept: 0, damaged: 0 });
    expect(readdirSync(directory)).toEqual([]);
    writeFileSync(join(directory, "stops-again.jsonl"), copy);
    expect(await stops.drain()).toMatchObject({ entered: 3 });
    const found = (await entered()).slice(0, 3);
    expect(found).toMatchObject(
      ["third", "second", "first"].map((reason) => ({ payload: { at: expect.any(String), stop: { reason } } })),
    );
    expect(await entered()).toHaveLength(4);
    await checkWorld(t);
  });

  it("the key store is away as well: the stop stands, without its text", async () => {
    const { stops } = stopsIn();
    keysAway = true;
    await whileAway(() => stops.spoolStop(acme.id, stop("nobody reads this")));
    keysAway = false;
    expect(await stops.drain()).toMatchObject({ entered: 1 });
    expect((await entered())[0]).toMatchObject({
      initiator: { id: "7" },
      payload: { stop: { lost: expect.any(String) } },
    });
  });

  it("two processes with one directory do not take each other's stops away", async () => {
    const one = stopsIn();
    const other = stopsIn(one.directory);
    await one.stops.spoolStop(acme.id, stop("one"));
    await other.stops.drain();
    await one.stops.spoolStop(acme.id, stop("one again"));
    expect(await other.stops.drain()).toMatchObject({ entered: 1, damaged: 0 });
  });

  it("a line cut off in the middle was never acknowledged, and is none", async () => {
    const { directory, stops } = stopsIn();
    await stops.spoolStop(acme.id, stop("whole"));
    appendFileSync(fileOf(directory), '{"v":1,"prev":"00');
    expect(await stops.drain()).toEqual({ entered: 1, kept: 0, damaged: 0 });
  });

  it("the spool's disk is full for a moment: a torn line does not take the next one, which was acknowledged, with it", async () => {
    const { directory, stops } = stopsIn();
    await stops.spoolStop(acme.id, stop("before"));
    const file = fileOf(directory);
    const before = readFileSync(file, "utf8");
    rmSync(file);
    symlinkSync("/dev/full", file);
    await expect(stops.spoolStop(acme.id, stop("never acknowledged"))).rejects.toThrow("ENOSPC");
    rmSync(file);
    // What a disk that was full leaves of a line.
    writeFileSync(file, `${before}{"at":"2026-11-21T`);
    await stops.spoolStop(acme.id, stop("acknowledged"));
    expect(await stops.drain()).toEqual({ entered: 2, kept: 0, damaged: 0 });
  });

  it("one tenant's keys are shut: its stop waits, and nobody else's waits for it", async () => {
    const { directory, stops } = stopsIn();
    const shut = await t.tenant("initech", 11);
    await stops.spoolStop(shut.id, stop("of who is shut"));
    await stops.spoolStop(acme.id, stop("of somebody else"));
    await t.keys.disableTenant(shut.id);
    await expect(stops.drain()).rejects.toThrow(/draining holds a stop that was not entered: The .*key of tenant/);
    expect((await entered())[0]).toMatchObject({ payload: { stop: { reason: "of somebody else" } } });
    await t.keys.enableTenant(shut.id);
    expect(await stops.drain()).toMatchObject({ entered: 2, kept: 0 });
    expect(readdirSync(directory)).toEqual([]);
  });

  it("a file that was edited holds a stop of a tenant that takes none now: it is entered once it can be, and told then, too", async () => {
    const { directory, stops } = stopsIn();
    const gone = await t.tenant("pied", 12);
    await stops.spoolStop(gone.id, stop("kept"));
    writeFileSync(fileOf(directory), `{}\n${readFileSync(fileOf(directory), "utf8")}`);
    await t.adminSql("update platform.tenant set state = 'suspended', epoch = epoch + 1 where id = $1", [gone.id]);
    expect(await stops.drain()).toMatchObject({ entered: 0, kept: 1, damaged: 2 });
    await t.adminSql("update platform.tenant set state = 'active', epoch = epoch + 1 where id = $1", [gone.id]);
    expect(await stops.drain()).toMatchObject({ entered: 1, kept: 0, damaged: 2 });
    expect(readdirSync(directory)[0]).toMatch(/\.damaged$/);
  });

  it.each<[string, (text: string) => string]>([
    ["changes a line", (text) => text.replace('"outcome":"success"', '"outcome":"refused"')],
    ["takes a line out", (text) => text.split("\n").slice(1).join("\n")],
    ["puts a line in", (text) => `{}\n${text}`],
    ["changes their order", (text) => `${text.trimEnd().split("\n").toReversed().join("\n")}\n`],
  ])("somebody with access to the disk %s: it is told, and the file is kept", async (_, edit) => {
    const { directory, stops } = stopsIn();
    await stops.spoolStop(acme.id, stop("a"));
    await stops.spoolStop(acme.id, stop("b"));
    writeFileSync(fileOf(directory), edit(readFileSync(fileOf(directory), "utf8")));
    expect((await stops.drain()).damaged).toBeGreaterThan(0);
    expect(readdirSync(directory)[0]).toMatch(/\.damaged$/);
  });

  it("a tenant that takes no entries now keeps its stops until it does", async () => {
    const { stops } = stopsIn();
    const gone = await t.tenant("hooli", 9);
    await stops.spoolStop(gone.id, stop("kept"));
    await t.adminSql("update platform.tenant set state = 'suspended', epoch = epoch + 1 where id = $1", [gone.id]);
    expect(await stops.drain()).toEqual({ entered: 0, kept: 1, damaged: 0 });
    await t.adminSql("update platform.tenant set state = 'active', epoch = epoch + 1 where id = $1", [gone.id]);
    expect(await stops.drain()).toEqual({ entered: 1, kept: 0, damaged: 0 });
  });

  it("fail closed: what is no stop has no way into the spool", () => {
    // @ts-expect-error -- a merge gives power: without the log it is refused
    const merge: Stop = { ...stop("x"), kind: "gate.merge" };
    expect(merge.kind).toBe("gate.merge");
  });
});
