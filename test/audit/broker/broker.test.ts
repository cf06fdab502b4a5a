import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { connectBroker, openBroker, serveBroker, type Broker } from "#audit/io";
import { canonicalBytes, ED25519, fromBase64, parseNote, parseVkey, verifies } from "#verifier";
import { verifyEd25519 } from "../../../src/audit/io/ed25519.ts";
import { sha256 } from "../../../src/audit/io/sha256.ts";
import { temporaryDirectory } from "../../support/program.ts";
import { headOf, sampleLeaves } from "./sample.ts";

const EPOCHS = "log.example/epochs";
const TENANT = "log.example/t/0190c2a4-0000-7000-8000-000000000001";
const leaves = sampleLeaves(60);
const children: ChildProcess[] = [];
const closing: (() => Promise<void> | void)[] = [];
afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  for (const close of closing) await close();
});

function broker(directory = temporaryDirectory()): Broker {
  const { broker, close } = openBroker(directory, "log.example");
  closing.push(close);
  return broker;
}

async function noteOf(at: Broker, from: number, size: number, origin = EPOCHS): Promise<string> {
  const [answer] = await at.sign([headOf(origin, from, size, leaves)]);
  if (answer?.kind !== "signed") throw new Error(`not signed: ${answer?.kind}`);
  return answer.note;
}

async function signedBy(note: string, vkey: string, origin = EPOCHS): Promise<boolean> {
  const parsed = parseNote(note);
  const key = parseVkey(sha256, vkey);
  if (parsed.kind === "malformed" || key === null) throw new Error("malformed");
  return (await verifies(sha256, verifyEd25519, parsed, { ...key, name: origin })).kind === "verified";
}

describe("the broker", () => {
  it("signs checkpoints that the published key verifies, each under its own origin", async () => {
    const at = broker();
    const { base, vkey } = await at.identity();
    expect(base).toBe("log.example");
    expect(parseVkey(sha256, vkey)).toMatchObject({ name: EPOCHS, type: ED25519 });
    expect(await signedBy(await noteOf(at, 0, 5), vkey)).toBe(true);
    expect(await signedBy(await noteOf(at, 0, 5, TENANT), vkey, TENANT)).toBe(true);
  });

  it("answers a batch in order; a head that is refused hinders no other", async () => {
    const at = broker();
    await noteOf(at, 0, 5);
    const answers = await at.sign([
      headOf(TENANT, 0, 3, leaves),
      headOf(EPOCHS, 5, 9, sampleLeaves(9, "!")),
      headOf(TENANT, 3, 8, leaves),
    ]);
    expect(answers.map(({ kind }) => kind)).toEqual(["signed", "inconsistent", "signed"]);
  });

  it.each(["other.example/epochs", "log.example/t/somebody", "log.example/epochs\n1", "log.example"])(
    "is no signer for anything else: %j",
    async (origin) => {
      await expect(broker().sign([headOf(origin, 0, 5, leaves)])).rejects.toMatchObject({ code: "input_invalid" });
    },
  );

  it("keeps key and checkpoints to this user, and its name for ever", () => {
    const directory = temporaryDirectory();
    broker(directory);
    for (const name of readdirSync(directory))
      if (name.endsWith(".pem")) expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600);
    expect(() => openBroker(directory, "renamed.example")).toThrow(/AUDIT_ORIGIN is renamed.example/);
    chmodSync(join(directory, "log-key.pem"), 0o640);
    expect(() => openBroker(directory, null)).toThrow(/can be read by other users/);
  });

  it("never makes a new key in place of one that is damaged", () => {
    const directory = temporaryDirectory();
    broker(directory);
    writeFileSync(join(directory, "log-key.pem"), "", { mode: 0o600 });
    expect(() => openBroker(directory, null)).toThrow(/holds no Ed25519 key/);
  });
});

describe("two that ask, two that sign", () => {
  it("two supervisors ask one broker for different heads of one size: one gets it, the other is told", async () => {
    const at = broker();
    await noteOf(at, 0, 5);
    const forked = [...leaves.slice(0, 5), ...sampleLeaves(9, "!").slice(5)];
    const kinds = (
      await Promise.all([at.sign([headOf(EPOCHS, 5, 9, leaves)]), at.sign([headOf(EPOCHS, 5, 9, forked)])])
    ).map(([answer]) => answer?.kind);
    expect(new Set(kinds)).toEqual(new Set(["inconsistent", "signed"]));
  });

  it("two brokers over one store: a stale expectation swaps nothing (compare-and-swap)", async () => {
    const directory = temporaryDirectory();
    const [one, two] = [broker(directory), broker(directory)];
    const first = await noteOf(one, 0, 5);
    expect(await two.last(EPOCHS)).toBe(first);
    expect(await noteOf(two, 5, 9)).toBe(await noteOf(one, 5, 9));
    expect(await one.sign([headOf(EPOCHS, 5, 12, leaves)])).toMatchObject([{ kind: "behind" }]);
  });
});

describe("the broker's socket", () => {
  it("is for this user only, and says what the signer says", async () => {
    const directory = temporaryDirectory();
    const socket = join(directory, "b.sock");
    const served = await serveBroker(broker(directory), socket, { onFault: () => {} });
    const client = connectBroker(socket);
    closing.push(client.close, served.stop);
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    expect(await client.last(EPOCHS)).toBeNull();
    const note = await noteOf(client, 0, 5);
    expect(await client.last(EPOCHS)).toBe(note);
    expect(await signedBy(note, (await client.identity()).vkey)).toBe(true);
    expect(await client.sign([headOf(EPOCHS, 3, 4, leaves)])).toEqual([{ kind: "behind", last: note }]);
    await expect(client.sign([headOf("other.example", 0, 5, leaves)])).rejects.toMatchObject({ code: "input_invalid" });
    await expect(serveBroker(broker(directory), socket, { onFault: () => {} })).rejects.toThrow(
      /answers at .* already/,
    );
  });

  it("a broker that is not there is a lost dependency, not an answer", async () => {
    const client = connectBroker(join(temporaryDirectory(), "none.sock"));
    await expect(client.identity()).rejects.toMatchObject({ code: "broker_unavailable" });
  });

  async function spawned(directory: string, when: string): Promise<{ socket: string; child: ChildProcess }> {
    const socket = join(directory, "b.sock");
    const child = spawn(process.execPath, [join(import.meta.dirname, "broker-process.ts"), directory, socket, when], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    children.push(child);
    if (child.stdout === null) throw new Error("no output");
    await once(child.stdout, "data");
    return { socket, child };
  }

  it("killed after the store's write and before its answer, its successor answers with the same note", async () => {
    const directory = temporaryDirectory();
    const dying = await spawned(directory, "after-swap");
    const client = connectBroker(dying.socket);
    const exit = once(dying.child, "exit");
    await expect(noteOf(client, 0, 5)).rejects.toMatchObject({ code: "broker_unavailable" });
    await exit;
    const successor = await spawned(directory, "");
    const after = connectBroker(successor.socket);
    const kept = await after.last(EPOCHS);
    expect(kept).not.toBeNull();
    expect(await noteOf(after, 0, 5)).toBe(kept);
  });

  it("its disk is full: nothing is signed, it says why, and it signs once there is room", async () => {
    const directory = temporaryDirectory();
    openBroker(directory, "log.example").close();
    const socket = join(directory, "b.sock");
    const broker = join(import.meta.dirname, "broker-process.ts");
    // No file may grow by a block: what a full disk does to the store's journal.
    const full = spawn(
      "sh",
      ["-c", 'ulimit -f 1 && exec "$@"', "sh", process.execPath, broker, directory, socket, ""],
      {
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    children.push(full);
    await once(full.stdout, "data");
    const said = once(full.stderr, "data");
    const exit = once(full, "exit");
    await expect(noteOf(connectBroker(socket), 0, 5)).rejects.toMatchObject({ code: "broker_unavailable" });
    expect(String((await said)[0])).toContain("The store of signed checkpoints could not be written.");
    full.kill("SIGKILL");
    await exit;
    const after = connectBroker((await spawned(directory, "")).socket);
    expect(await after.last(EPOCHS)).toBeNull();
    expect(await noteOf(after, 0, 5)).toContain(EPOCHS);
  });

  it("killed before the store's write, nothing was signed and the head is signed afterwards", async () => {
    const directory = temporaryDirectory();
    const dying = await spawned(directory, "before-swap");
    const exit = once(dying.child, "exit");
    await expect(noteOf(connectBroker(dying.socket), 0, 5)).rejects.toMatchObject({ code: "broker_unavailable" });
    await exit;
    const after = connectBroker((await spawned(directory, "")).socket);
    expect(await after.last(EPOCHS)).toBeNull();
    expect(await noteOf(after, 0, 5)).toBe(await after.last(EPOCHS));
  });
});

describe("case 28: the log's key is rotated", () => {
  const rotated = async (directory: string) => {
    const at = broker(directory);
    await noteOf(at, 0, 5);
    const { from, to } = await at.rotate();
    return { at, from, to };
  };

  it("the old key signs the new one for one epoch, both sign its checkpoint, then only the new one signs", async () => {
    const directory = temporaryDirectory();
    const { at, from, to } = await rotated(directory);
    expect(await at.rotate()).toEqual({ from, to });
    const old = readFileSync(join(directory, "log-key.pem"), "utf8");

    const event = await at.rotation(5);
    if (event === null) throw new Error("no event");
    expect(event).toMatchObject({ kind: "key.rotated", from, to });
    const statement = canonicalBytes({ rotate: { from, to, epoch: 5 } });
    for (const [vkey, signature] of [
      [from, event.byOld],
      [to, event.byNew],
    ] as const) {
      const key = parseVkey(sha256, vkey);
      const bytes = fromBase64(signature);
      if (key === null || bytes === null) throw new Error("malformed");
      expect(await verifyEd25519(key.publicKey, statement, bytes)).toBe(true);
      expect(await verifyEd25519(key.publicKey, canonicalBytes({ rotate: { from, to, epoch: 6 } }), bytes)).toBe(false);
    }

    const announcing = await noteOf(at, 5, 6);
    expect([await signedBy(announcing, from), await signedBy(announcing, to)]).toEqual([true, true]);
    expect(await at.rotation(6)).toBeNull();
    expect((await at.identity()).vkey).toBe(from);

    const next = await noteOf(at, 6, 7);
    expect([await signedBy(next, from), await signedBy(next, to)]).toEqual([false, true]);
    expect((await at.identity()).vkey).toBe(to);
    const files = readdirSync(directory).filter((name) => /key/.test(name));
    expect(files).toEqual(["log-key.pem"]);
    expect(readFileSync(join(directory, "log-key.pem"), "utf8")).not.toBe(old);
    expect(await noteOf(broker(directory), 7, 8).then((note) => signedBy(note, to))).toBe(true);
  });

  it("goes on where it was after a crash at any step", async () => {
    const directory = temporaryDirectory();
    const { from, to } = await rotated(directory);
    const event = await broker(directory).rotation(5);
    expect(event).toMatchObject({ from, to });
    expect(await broker(directory).rotation(5)).toEqual(event);
    const announcing = await noteOf(broker(directory), 5, 6);
    expect([await signedBy(announcing, from), await signedBy(announcing, to)]).toEqual([true, true]);
    // Between the renaming of the key and the removal of its number.
    await noteOf(broker(directory), 6, 7);
    writeFileSync(join(directory, "next-key.epoch"), "5");
    const after = broker(directory);
    expect((await after.identity()).vkey).toBe(to);
    expect(existsSync(join(directory, "next-key.epoch"))).toBe(false);
  });

  it("an epoch that passed without its announcement announces with the next one", async () => {
    const { at, from, to } = await rotated(temporaryDirectory());
    const plain = await noteOf(at, 5, 6);
    expect([await signedBy(plain, from), await signedBy(plain, to)]).toEqual([true, false]);
    expect(await at.rotation(6)).toMatchObject({ kind: "key.rotated" });
  });
});
