import { describe, expect, it } from "vitest";
import { z } from "zod";
import { createPublisher, createWitnessing, platformNotes } from "#audit/io";
import { PLATFORM_LOG } from "#kernel";
import { createLog } from "#platform/log";
import { canonicalBytes, fromBase64, parseNote, parseVkey, verifies } from "#verifier";
import { verifyEd25519 } from "../../../src/audit/io/ed25519.ts";
import { sha256 } from "../../../src/audit/io/sha256.ts";
import { recordingRotation } from "../../../src/main/rotation.ts";
import { testDatabase } from "../../support/database.ts";
import { sequencing } from "../../support/sequencing.ts";
import { testNetwork } from "../../support/witnesses.ts";

const t = await testDatabase();
const log = sequencing(t);
const database = t.role("sequencer");
const quiet = createLog({ level: "silent", secrets: [] });

const leafShape = z.object({
  events: z.array(z.object({ kind: z.string(), from: z.string().optional(), to: z.string().optional(), byOld: z.string().optional(), byNew: z.string().optional() })),
}); // prettier-ignore
const epochRow = z.object({ leaf: z.instanceof(Uint8Array), note: z.string() });

async function epochAt(epoch: number) {
  const rows = await t.adminSql(
    "select e.leaf, c.note from audit.epoch e join audit.checkpoint c using (epoch) where epoch = $1",
    [epoch],
  );
  const { leaf, note } = epochRow.parse(rows[0]);
  return { events: leafShape.parse(JSON.parse(Buffer.from(leaf).toString())).events, note };
}
async function signedBy(text: string, vkey: string): Promise<boolean> {
  const note = parseNote(text);
  const key = parseVkey(sha256, vkey);
  if (note.kind === "malformed" || key === null) throw new Error("malformed");
  return (await verifies(sha256, verifyEd25519, note, key)).kind === "verified";
}

describe("A3, case 28: the log's key is rotated, in the log", () => {
  it("one epoch's leaf announces it, signed by both; witnesses follow over it; the platform's log says it", async () => {
    const sequencer = await log.open({
      signer: recordingRotation(log.broker, { database: t.db, append: t.append, log: quiet }),
    });
    const before = (await sequencer.epoch()) ?? 0;
    const { from, to } = await log.broker.rotate();
    const announcing = (await sequencer.epoch()) ?? 0;
    const after = (await sequencer.epoch()) ?? 0;
    expect([announcing, after]).toEqual([before + 1, before + 2]);

    const [first, middle, last] = [await epochAt(before), await epochAt(announcing), await epochAt(after)];
    const rotations = [first, middle, last].map(({ events }) => events.filter(({ kind }) => kind === "key.rotated"));
    expect(rotations.map((events) => events.length)).toEqual([0, 1, 0]);
    const event = rotations[1]?.[0];
    expect(event).toMatchObject({ from, to });
    const statement = canonicalBytes({ rotate: { from, to, epoch: announcing } });
    const old = parseVkey(sha256, from);
    const signature = fromBase64(event?.byOld ?? "");
    if (old === null || signature === null) throw new Error("malformed");
    expect(await verifyEd25519(old.publicKey, statement, signature)).toBe(true);

    const signers = async (note: string) => [await signedBy(note, from), await signedBy(note, to)];
    expect(await signers(first.note)).toEqual([true, false]);
    expect(await signers(middle.note)).toEqual([true, true]);
    expect(await signers(last.note)).toEqual([false, true]);

    const claim = await t.db.claimFor(PLATFORM_LOG);
    if (claim === null) throw new Error("no log of the platform");
    const entries = await t.db.withTenant(claim, (tx) =>
      t.audit.recent(tx, { limit: 50, kinds: ["audit.key_rotated"] }),
    );
    expect(entries).toHaveLength(1);
  });

  it("a witness that knows only the old key refuses what only the new one signed, until it is given that", async () => {
    const { vkey } = await log.broker.identity();
    const network = testNetwork(Date.now);
    const events: string[] = [];
    const ask = async (vkeys: readonly string[], name: string) => {
      const witness = network.witness(name, vkeys);
      const policy = network.policy(`witness ${name} ${witness.vkey} ${witness.url}\nquorum ${name}\n`);
      const publisher = createPublisher({
        witnessing: createWitnessing({ database, policy, fetch: network.fetch, timeoutMs: 1_000, clock: Date.now }),
        timestamping: null,
        directory: null,
        git: null,
        note: platformNotes({ database: t.db, append: t.append, observer: { type: "app", id: "1" } }),
        onEvent: ({ kind }) => events.push(kind),
      });
      await publisher.publish();
      return publisher.state()?.witnesses[0]?.last;
    };
    await log.broker.rotate();
    await log.epoch();
    await log.epoch();
    const next = (await log.broker.identity()).vkey;
    expect(next).not.toBe(vkey);
    expect(await ask([vkey], "old")).toEqual({ kind: "refused", status: 403 });
    expect(await ask([vkey, next], "both")).toMatchObject({ kind: "cosigned" });
  });
});
