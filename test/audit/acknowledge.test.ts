import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAcknowledge, runSequencer, type RunningSequencer, type SequencerAlarm } from "#audit/io";
import { entryId, Fault } from "#kernel";
import { hex, leafHash, parseCheckpoint, parseNote, sha256 } from "#verifier";
import { sampleEntry } from "../support/attack.ts";
import { testDatabase, type TestTenant } from "../support/database.ts";
import { checkLogs } from "../support/log-check.ts";
import { sequencing } from "../support/sequencing.ts";

const t = await testDatabase();
const log = sequencing(t);
const alarms: SequencerAlarm[] = [];
const running: RunningSequencer[] = [];
const run = (epochEveryMs: number): RunningSequencer => {
  const sequencer = runSequencer({ ...log.parts, epochEveryMs, onAlarm: (alarm) => alarms.push(alarm) });
  running.push(sequencer);
  return sequencer;
};
let acme: TestTenant;
beforeAll(async () => {
  acme = await t.tenant("acme", 1);
});
afterAll(() => Promise.all(running.map((each) => each.stop())));

const append = () => t.db.withTenant(acme.claim, (tx) => t.append(tx, sampleEntry("x")));
const never = () => Promise.resolve(false);
const enough = { timeoutMs: 20_000 };

describe("A1 an acknowledgement", () => {
  it("durable: at once, without a sequencer", async () => {
    const acknowledge = createAcknowledge({ database: t.db, sequencer: null, witnessed: never });
    const id = await append();
    const answer = await acknowledge(acme.claim, id, "durable", { timeoutMs: 0 });
    const [row] = await t.adminSql("select leaf from audit.entry where entry_id = $1", [id]);
    const leaf = row?.["leaf"];
    if (!(leaf instanceof Uint8Array) || answer.kind !== "acknowledged") throw new Error("not acknowledged");
    expect(hex(answer.leafHash)).toBe(hex(leafHash(sha256, leaf)));
    expect(answer).toMatchObject({ level: "durable", index: null, checkpoint: null });
  });

  it("sequenced: while nobody sequences it is not yet, and says how far it got", async () => {
    const acknowledge = createAcknowledge({ database: t.db, sequencer: null, witnessed: never });
    expect(await acknowledge(acme.claim, await append(), "sequenced", { timeoutMs: 30 })).toMatchObject({
      kind: "not_yet",
      level: "durable",
    });
  });

  it("sequenced: with its index, once its place is committed", async () => {
    const sequencer = run(3_600_000);
    const acknowledge = createAcknowledge({ database: t.db, sequencer, witnessed: never });
    const answer = await acknowledge(acme.claim, await append(), "sequenced", enough);
    expect(answer).toMatchObject({ kind: "acknowledged", level: "sequenced" });
    const all = await Promise.all(
      Array.from({ length: 20 }, async () => acknowledge(acme.claim, await append(), "sequenced", enough)),
    );
    expect(new Set(all.map((one) => (one.kind === "acknowledged" ? one.index : null))).size).toBe(20);
    await sequencer.stop();
    await checkLogs(t);
  });

  it("witnessed: under a signed head that covers it, when a witness has seen that epoch", async () => {
    const sequencer = run(30);
    let seen = -1;
    const witnessed = (_: unknown, epoch: number): Promise<boolean> => Promise.resolve(epoch <= seen);
    const acknowledge = createAcknowledge({ database: t.db, sequencer, witnessed });
    const id = await append();
    expect(await acknowledge(acme.claim, id, "witnessed", { timeoutMs: 300 })).toMatchObject({ kind: "not_yet" });
    seen = Number.MAX_SAFE_INTEGER;
    const answer = await acknowledge(acme.claim, id, "witnessed", enough);
    if (answer.kind !== "acknowledged" || answer.checkpoint === null) throw new Error(answer.kind);
    const note = parseNote(answer.checkpoint);
    const head = note.kind === "note" ? parseCheckpoint(note.body) : note;
    expect(head).toMatchObject({ origin: `log.example/t/${acme.id}`, size: answer.size });
    expect(answer.size).toBeGreaterThan(answer.index ?? Number.MAX_SAFE_INTEGER);
    await sequencer.stop();
  });

  it("of an entry that is not there, or another tenant's, says only that", async () => {
    const globex = await t.tenant("globex", 2);
    const acknowledge = createAcknowledge({ database: t.db, sequencer: null, witnessed: never });
    const id = await append();
    expect(await acknowledge(globex.claim, id, "durable", enough)).toEqual({ kind: "no_such_entry" });
    const unknown = entryId("01ff0000-0000-7000-8000-000000000009");
    if (unknown === null) throw new Error("no id");
    expect(await acknowledge(acme.claim, unknown, "sequenced", enough)).toEqual({ kind: "no_such_entry" });
  });
});

describe("A1 a running sequencer", () => {
  it("case 29: of two processes one works and the other stands by; when the first ends the other goes on", async () => {
    const [first, second] = [run(3_600_000), run(3_600_000)];
    const acknowledge = createAcknowledge({ database: t.db, sequencer: null, witnessed: never });
    for (const stop of [first.stop, async () => {}]) {
      await acknowledge(acme.claim, await append(), "sequenced", enough);
      await stop();
    }
    await second.stop();
    expect(alarms).toEqual([]);
    await checkLogs(t);
  });

  it("case 30: its connections are cut: it takes over again by itself", async () => {
    const sequencer = run(3_600_000);
    const acknowledge = createAcknowledge({ database: t.db, sequencer, witnessed: never });
    await acknowledge(acme.claim, await append(), "sequenced", enough);
    await t.adminSql(
      "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'countersign_sequencer_login' and datname = current_database()",
    );
    expect(await acknowledge(acme.claim, await append(), "sequenced", enough)).toMatchObject({ level: "sequenced" });
    await sequencer.stop();
    await checkLogs(t);
    alarms.length = 0;
  });

  it("case 26: a signer that stays away is said once, after two missed epochs; entries get their places all the while", async () => {
    const away = () => Promise.reject(new Fault("broker_unavailable", "away"));
    const signer = { ...log.broker, identity: away, sign: away, last: away };
    const told = Promise.withResolvers<SequencerAlarm>();
    const sequencer = runSequencer({ ...log.parts, signer, epochEveryMs: 20, onAlarm: told.resolve });
    running.push(sequencer);
    expect(await told.promise).toMatchObject({ kind: "unsigned" });
    const acknowledge = createAcknowledge({ database: t.db, sequencer, witnessed: never });
    expect(await acknowledge(acme.claim, await append(), "sequenced", enough)).toMatchObject({ level: "sequenced" });
    await sequencer.stop();
  });
});
