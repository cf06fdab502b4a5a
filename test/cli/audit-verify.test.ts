import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { auditVerify } from "#cli";
import { hex, leafHash, sha256 } from "#verifier";
import { epochNote, exportWorld, writeFiles } from "../support/audit-log/export.ts";
import { signingKey } from "../support/audit-log/keys.ts";
import { append, epoch, newWorld, TENANT, type World } from "../support/audit-log/world.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "countersign-verify-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function story(epochs = 2): World {
  const world = newWorld();
  for (let n = 0; n < epochs; n++) {
    for (let i = 0; i < 5; i++) append(world, TENANT);
    epoch(world);
  }
  return world;
}

interface Ran {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}
async function verify(...args: readonly string[]): Promise<Ran> {
  const out: string[] = [];
  const err: string[] = [];
  let status = -1;
  const program = new Command().exitOverride();
  auditVerify(async () => ({ kind: "unavailable", problems: ["There is no database here."] }))(program, {
    out: (line) => out.push(line),
    reveal: (line) => out.push(line),
    err: (line) => err.push(line),
    exit: (s) => {
      status = s;
    },
  });
  const state = ["--state", join(folder, "state")];
  await program.parseAsync(["audit", "verify", ...args, ...state], { from: "user" });
  return { status, out: out.join("\n"), err: err.join("\n") };
}

const place = (name = "log"): string => join(folder, name);
const put = (world: World, name = "log"): string => {
  writeFiles(place(name), exportWorld(world));
  return place(name);
};
const vkey = story().signer.vkey;

function policyFile(world: World, k: number): string {
  const witnesses = world.witnesses.map(({ vkey }, i) => `witness w${i} ${vkey}`);
  const file = join(folder, `policy-${k}`);
  writeFileSync(file, [`log ${world.signer.vkey}`, ...witnesses, `group g ${k} w0 w1 w2`, "quorum g", ""].join("\n"));
  return file;
}

describe("countersign audit verify DIR (A1, A2)", () => {
  it("an honest export: status 0, five lines, and what was not proven", async () => {
    const ran = await verify(put(story()), "--policy", policyFile(story(), 2));
    expect(
      ran.out
        .split("\n")
        .slice(0, 5)
        .map((line) => line.slice(0, 31).trimEnd()),
    ).toEqual([
      "1  signature        verified",
      "2  append-only      not checked",
      "3  tree = entries   verified",
      "4  bodies = leaves  verified",
      "5  completeness     verified",
    ]);
    expect(ran.out).toContain("Not proven:\n  - What happened after 2026-03-01T00:10:10.000Z");
    expect(ran.status).toBe(0);
  });

  it("a changed byte: status 1, and the place", async () => {
    const directory = put(story());
    const file = join(directory, "t", TENANT, "tile", "entries", "000.p", "10");
    const bytes = readFileSync(file);
    bytes[700] = (bytes[700] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    const ran = await verify(directory, "--key", vkey);
    expect(ran.status).toBe(1);
    expect(ran.out).toMatch(
      /3 {2}tree = entries {3}TAMPERED {5}Entries and trees do not fit together: wrong in \d places\.\n/,
    );
    expect(ran.out).toMatch(/t\/.*, entry \d: .* \(leaf_(?:differs|malformed)\)/);
  });

  it("fails closed without a key: nobody can say who wrote it, so status 2", async () => {
    const ran = await verify(put(story()));
    expect(ran.status).toBe(2);
    expect(ran.out).toContain("No key was given");
    expect(ran.out).toContain("--key");
  });

  it("fails closed on a quorum that was not reached: status 2", async () => {
    const world = story();
    world.witnesses.pop();
    expect((await verify(put(world), "--policy", policyFile(story(), 3))).status).toBe(2);
  });

  it.each([
    [
      "an empty directory",
      () => {
        mkdirSync(place("nothing"));
        return place("nothing");
      },
      [],
      "no checkpoint",
    ],
    ["a name that was mistyped: no log was cut off", () => place("exprot"), ["--key", vkey], "exprot is no directory."],
    ["the database, where there is none", () => null, [], "There is no database here."],
    ["a file as policy that is none", () => put(story()), ["--policy", "/dev/null"], "no policy"],
    ["a key that is none", () => put(story()), ["--key", "audit.example.com"], "--key takes a verifier key"],
    ["a receipt that is none", () => put(story()), ["--receipt", "yes"], "--receipt takes"],
    ["a tenant's prefix without a database", () => put(story()), ["--tenant", "acme"], "There is no log acme"],
    ["a tenant that is not there", () => put(story()), ["--tenant", "acme"], `Here are: ${TENANT}`],
    [
      "a key of which a character is wrong",
      () => put(story()),
      ["--key", `${vkey.slice(0, -1)}0`],
      "is missing or wrong",
    ],
  ])("status 2 and a sentence: %s", async (_, target, options, sentence) => {
    const given = target();
    const ran = await verify(...(given === null ? [] : [given]), ...options);
    expect(ran.status).toBe(2);
    expect(ran.out + ran.err).toContain(sentence);
  });

  it("JSON says the same", async () => {
    const ran = await verify(put(story()), "--key", vkey, "--json");
    const shape = z.object({
      state: z.string(),
      verdicts: z.array(z.object({ question: z.string(), state: z.string() })),
      not_proven: z.array(z.string()),
    });
    const report = shape.parse(JSON.parse(ran.out));
    expect(report.state).toBe("verified");
    expect(report.verdicts.map(({ question }) => question)).toEqual([
      "signature",
      "append_only",
      "tree",
      "bodies",
      "completeness",
    ]);
  });

  it("a link out of the export is not followed by a name in the manifest", async () => {
    const directory = put(story());
    writeFileSync(join(directory, "manifest.json"), `{"files":{"../secret":"${"0".repeat(64)}"},"v":1}`);
    symlinkSync("/dev/zero", join(directory, "endless"));
    const ran = await verify(directory, "--key", vkey, "--json");
    expect(ran.status).toBe(1);
    expect(ran.out).toContain('"at":"../secret","what":"The file cannot be read."');
  });
});

describe("what the auditor holds", () => {
  it("the next run extends the last one and reads only what is new", async () => {
    const world = story();
    expect((await verify(put(world), "--key", vkey)).out).toMatch(/10 entries in 2 logs and 2 epochs/);
    append(world, TENANT);
    epoch(world);
    const second = await verify(put(world, "later"), "--key", vkey);
    expect(second.out).toMatch(/2 {2}append-only {6}verified/);
    expect(second.out).toMatch(/1 new entry in 2 logs since \S+Z, and 1 new epoch, give exactly the signed root/);
    expect(second.out).toContain("1 new body is what the entries commit to");
    expect((await verify(place("later"), "--key", vkey, "--full")).out).toMatch(/11 entries in 2 logs and 3 epochs/);
  });

  it("a run with nothing new says so, and since when: it does not say that nothing was verified", async () => {
    const directory = put(story());
    await verify(directory, "--key", vkey);
    const again = await verify(directory, "--key", vkey);
    expect(again.status).toBe(0);
    expect(again.out).toMatch(
      /tree = entries {3}verified {5}Nothing is new since 20\S+Z: this is still the log whose entries and trees were verified before\.\n/,
    );
    expect(again.out).toContain("4  bodies = leaves  verified     No new body.\n");
    expect(again.out).not.toMatch(/\b0 (?:entries|epochs|bodies)/);
  });

  it("a run whose state cannot be kept says so: the next one has nothing to compare with", async () => {
    const directory = put(story());
    await verify(directory, "--key", vkey);
    const [file = ""] = readdirSync(join(folder, "state"));
    rmSync(join(folder, "state", file));
    mkdirSync(join(folder, "state", `${file}.new`));
    const ran = await verify(directory, "--key", vkey);
    expect(ran.status).toBe(0);
    expect(ran.err).toContain("could not be kept");
  });

  it("case 22: an older copy than the one that was verified: status 1, and the state stays", async () => {
    await verify(put(story(3)), "--key", vkey);
    const state = readdirSync(join(folder, "state"));
    const ran = await verify(put(story(2), "older"), "--key", vkey);
    expect(ran.status).toBe(1);
    expect(ran.out).toContain("You hold a checkpoint of 3 epochs; the log now shows 2.");
    expect((await verify(place(), "--key", vkey)).status).toBe(0);
    expect(readdirSync(join(folder, "state"))).toEqual(state);
  });

  it("is found by the key that the auditor named, never by what the log calls itself", async () => {
    await verify(put(story()), "--key", vkey);
    // The other auditor named another key: what the first one holds says nothing to this one, and nothing is kept.
    const other = signingKey(story().signer.key.name, "another key").vkey;
    expect((await verify(place(), "--key", other)).out).toContain("You hold no earlier checkpoint");
    expect(readdirSync(join(folder, "state"))).toHaveLength(1);
  });

  it("a damaged state is not taken for none", async () => {
    await verify(put(story()), "--key", vkey);
    const [file = ""] = readdirSync(join(folder, "state"));
    writeFileSync(join(folder, "state", file), "{}");
    const ran = await verify(place(), "--key", vkey);
    expect(ran.status).toBe(2);
    expect(ran.err).toContain("move it away");
  });

  it("a checkpoint and a receipt from elsewhere are compared", async () => {
    const world = story(3);
    const note = join(folder, "witnessed");
    writeFileSync(note, epochNote(world));
    const leaf = world.tenants[0]?.entries[7]?.leaf ?? Buffer.of();
    const receipt = `${TENANT}:${hex(leafHash(sha256, leaf))}@7#${world.tenants[0]?.entries[7]?.id}`;
    const fine = await verify(put(world), "--key", vkey, "--from", note, "--receipt", receipt);
    expect(fine.out).toContain("extends every checkpoint that you hold, and keeps 1 receipt.");
    const cut = await verify(put(story(1), "cut"), "--key", vkey, "--from", note, "--receipt", receipt, "--full");
    expect(cut.status).toBe(1);
    expect(cut.out).toContain("(receipt_missing)");
  });
});
