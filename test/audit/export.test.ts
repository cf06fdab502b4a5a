import { createHash } from "node:crypto";
import { chmodSync, cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import type { NewEntry } from "#audit";
import { createReading, directorySource, exportLogs, sha256, type Audit, type Exported } from "#audit/io";
import { NOTHING_PINNED, parseVkey, verify } from "#verifier";
import { sampleEntry } from "../support/attack.ts";
import { testDatabase, type TestTenant } from "../support/database.ts";
import { sequencing } from "../support/sequencing.ts";

const t = await testDatabase();
const log = sequencing(t);
const root = mkdtempSync(join(tmpdir(), "countersign-export-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let acme: TestTenant;
let globex: TestTenant;

const entry = (n: number): NewEntry =>
  sampleEntry(
    { secret: "plain text that an export must not show" },
    { target: { type: "pull_request", id: `77#${n}` }, requestId: `r${n}` },
  );
beforeAll(async () => {
  acme = await t.tenant("acme", 1);
  globex = await t.tenant("globex", 2);
  await t.db.withTenant(acme.claim, async (tx) => {
    for (let n = 0; n < 300; n++) await t.append(tx, entry(n));
  });
  await t.db.withTenant(globex.claim, (tx) => t.append(tx, entry(1)));
  await log.epoch();
  await t.db.withTenant(acme.claim, (tx) => t.append(tx, entry(301)));
  await log.epoch();
});

const run = (
  directory: string,
  tenants: readonly TestTenant[] = [acme, globex],
  audit: Audit = t.audit,
  say: (line: string) => void = () => {},
): Promise<Exported> =>
  exportLogs(
    { database: t.db, reading: createReading(audit), clock: Date.now, say },
    {
      logs: tenants.map((tenant) => ({ tenantId: tenant.id, prefix: tenant.prefix, claim: async () => tenant.claim })),
      directory: join(root, directory),
      to: { initiator: { type: "operator", id: "ada" }, requestId: "export-1" },
    },
  );
const filesOf = (directory: string): readonly string[] =>
  readdirSync(join(root, directory), { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map((each) => join(each.parentPath, each.name).slice(join(root, directory).length + 1))
    .sort();
const options = { sha256, subtle: crypto.subtle, tenants: null, bodies: true, full: true, now: Date.now() };

describe("A2 an export", () => {
  it("is the whole log as files, which a verifier with the key alone finds in order", async () => {
    const done = await run("whole");
    if (done.kind !== "exported") throw new Error(done.problems.join());
    expect(done.report.verdicts.map(({ state }) => state)).not.toContain("tampered");
    const { vkey } = await log.broker.identity();
    const report = await verify(
      directorySource(join(root, "whole")),
      { ...NOTHING_PINNED, key: parseVkey(sha256, vkey) },
      options,
    );
    expect(report.verdicts.map(({ question, state }) => `${question} ${state}`)).toEqual(
      expect.arrayContaining(["signature verified", "tree verified", "bodies verified"]),
    );
    expect(report.counts.entries).toBe(done.entries);
    expect(filesOf("whole")).toEqual(
      expect.arrayContaining([
        "manifest.json",
        "epochs/checkpoint",
        `t/${acme.id}/checkpoint`,
        `t/${acme.id}/tile/0/000`,
        `t/${acme.id}/tile/entries/000`,
        `t/${acme.id}/bodies/000`,
      ]),
    );
  });

  it("names every file with its hash, and holds nothing in plain", () => {
    const manifest = z
      .object({ files: z.record(z.string(), z.string()) })
      .parse(JSON.parse(readFileSync(join(root, "whole", "manifest.json"), "utf8")));
    const files = filesOf("whole").filter((path) => path !== "manifest.json");
    expect(Object.keys(manifest.files).sort()).toEqual(files);
    for (const path of files) {
      const bytes = readFileSync(join(root, "whole", path));
      expect(createHash("sha256").update(bytes).digest("hex")).toBe(manifest.files[path]);
      expect(bytes.includes("plain text that")).toBe(false);
    }
  });

  it("is on record in each log, with its count, before the first of its bytes is read", async () => {
    await run("noted", [globex]);
    const [noted] = await t.db.withTenant(globex.claim, (tx) =>
      t.audit.recent(tx, { limit: 1, kinds: ["audit.export"] }),
    );
    expect(noted?.body).toMatchObject({
      initiator: { id: "ada" },
      requestId: "export-1",
      payload: { epoch: 1, count: 3 },
    });
  });

  it("fail closed: where that cannot be written, nothing of the log is", async () => {
    const broken: Audit = {
      ...t.audit,
      append: async () => {
        throw new Error("the disk is full");
      },
    };
    await expect(run("closed", [acme], broken)).rejects.toThrow("disk is full");
    expect(filesOf("closed").filter((path) => path.startsWith("t/"))).toEqual([]);
  });

  it("of one tenant holds no other's", async () => {
    await run("one", [acme]);
    expect(filesOf("one").filter((path) => path.includes(globex.id))).toEqual([]);
  });
});

describe("an export that was cut off", () => {
  it.each([0, 3, 9])("after %i files goes on, in the epoch it began with, and is the same in the end", async (kept) => {
    const name = `cut-${kept}`;
    cpSync(join(root, "whole"), join(root, name), { recursive: true });
    const files = filesOf(name).filter((path) => path !== "epochs/checkpoint" && path !== "manifest.json");
    rmSync(join(root, name, "manifest.json"), { force: true });
    for (const path of files.slice(kept)) rmSync(join(root, name, path), { force: true });
    writeFileSync(join(root, name, "epochs", "half.draft"), "half of a file");
    await log.epoch();
    const done = await run(name);
    expect(done).toMatchObject({ kind: "exported", resumed: kept });
    expect(readFileSync(join(root, name, "manifest.json"))).toEqual(readFileSync(join(root, "whole", "manifest.json")));
  });

  it("what was changed on the disk meanwhile is found, not kept quiet", async () => {
    cpSync(join(root, "whole"), join(root, "bad"), { recursive: true });
    rmSync(join(root, "bad", "manifest.json"), { force: true });
    const bundle = join(root, "bad", "t", acme.id, "tile", "entries", "000");
    chmodSync(bundle, 0o600);
    const bytes = readFileSync(bundle);
    bytes[100] = (bytes[100] ?? 0) ^ 1;
    writeFileSync(bundle, bytes);
    const done = await run("bad");
    expect(done.kind === "exported" ? done.report.verdicts.map(({ state }) => state) : []).toContain("tampered");
  });
});

describe("an export never writes over anything", () => {
  it("a finished export is left alone", async () => {
    const before = filesOf("whole");
    expect(await run("whole")).toMatchObject({
      kind: "refused",
      problems: [expect.stringContaining("finished export")],
    });
    expect(filesOf("whole")).toEqual(before);
  });

  it("a directory with other files is refused", async () => {
    writeFileSync(join(root, "note.txt"), "mine");
    expect(await run(".")).toMatchObject({ kind: "refused", problems: [expect.stringContaining("other files")] });
    expect(existsSync(join(root, "epochs"))).toBe(false);
  });

  it("a file is no directory: one sentence, and no stack trace", async () => {
    expect(await run("note.txt")).toMatchObject({ kind: "refused", problems: [expect.stringContaining("is a file")] });
  });

  it("the beginning of another log's export is refused", async () => {
    cpSync(join(root, "whole", "epochs"), join(root, "other", "epochs"), { recursive: true });
    const path = join(root, "other", "epochs", "checkpoint");
    chmodSync(path, 0o600);
    writeFileSync(path, readFileSync(path, "utf8").replace("log.example", "log.elsewhere"));
    expect(await run("other")).toMatchObject({ kind: "refused", problems: [expect.stringContaining("another log")] });
  });
});

describe("A3 an export", () => {
  it("made in the moment before the witnesses answer waits for them", async () => {
    const newest = await log.epoch();
    const seen = (epoch: number) => t.adminSql("insert into audit.witnessed (epoch, quorum) values ($1, 'w')", [epoch]);
    await seen(newest - 1);
    const line = `— witness.example ${Buffer.alloc(76, 7).toString("base64")}`;
    const waited: Promise<unknown>[] = [];
    const answered = async (): Promise<void> => {
      await t.adminSql(
        "insert into audit.cosignature (epoch, witness, line, cosigned_at) values ($1, 'witness.example', $2, now())",
        [newest, line],
      );
      await seen(newest);
    };
    const done = await run("witnessed", [acme], t.audit, (said) => {
      if (said.startsWith("Waiting for the witnesses")) waited.push(answered());
    });
    await Promise.all(waited);
    expect({ done: done.kind, waits: waited.length }).toEqual({ done: "exported", waits: 1 });
    expect(readFileSync(join(root, "witnessed/epochs/checkpoint"), "utf8")).toContain(line);
  });
});
