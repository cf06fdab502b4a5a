import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { createDirectoryAnchor, createGitAnchor, publishedCheckpoint } from "#audit/io";
import { hashesOf, leafHash, parseCheckpoint, parseNote, rootOf, unbundle, equal, type Checkpoint } from "#verifier";
import { sha256 } from "../../../src/audit/io/sha256.ts";
import { testDatabase } from "../../support/database.ts";
import { temporaryDirectory } from "../../support/program.ts";
import { sequencing } from "../../support/sequencing.ts";

const t = await testDatabase();
const log = sequencing(t);
const database = t.role("sequencer");

function checkpointIn(path: string): Checkpoint {
  const note = parseNote(readFileSync(path, "utf8"));
  const checkpoint = note.kind === "note" ? parseCheckpoint(note.body) : note;
  if (checkpoint.kind === "malformed") throw new Error(checkpoint.why);
  return checkpoint;
}

describe("a copy in a directory that stands for a WORM bucket", () => {
  const directory = temporaryDirectory();
  const copy = createDirectoryAnchor({ database, directory });

  it("has the checkpoint, and the tiles and entries that prove it, under tlog-tiles names", async () => {
    expect(await copy()).toBeNull();
    await log.epoch();
    await log.epoch();
    const epoch = await log.epoch();
    expect(await copy()).toBe(epoch);
    expect(await copy()).toBeNull();
    const { size, root } = checkpointIn(join(directory, "epochs/checkpoint"));
    expect(size).toBe(epoch + 1);
    const tile = hashesOf(readFileSync(join(directory, `epochs/tile/0/000.p/${size}`))) ?? [];
    const entries = unbundle(readFileSync(join(directory, `epochs/tile/entries/000.p/${size}`))) ?? [];
    expect(entries.map((leaf) => leafHash(sha256, leaf)).every((hash, i) => equal(hash, tile[i] ?? hash))).toBe(true);
    expect(equal(rootOf(sha256, tile), root)).toBe(true);
    expect(checkpointIn(join(directory, "epochs/checkpoints/000000/000000002")).size).toBe(3);
  });

  it("is emptied, or not mounted: told, and whole again", async () => {
    rmSync(directory, { recursive: true });
    const epoch = await log.epoch();
    await expect(copy()).rejects.toThrow(/had lost what was in it.*made anew/);
    const { size } = checkpointIn(join(directory, "epochs/checkpoint"));
    expect(size).toBe(epoch + 1);
    expect(hashesOf(readFileSync(join(directory, `epochs/tile/0/000.p/${size}`)))).toHaveLength(size);
    await log.epoch();
    expect(await copy()).toBe(epoch + 1);
  });

  it("never replaces a file: one that has other bytes is said, and nothing is recorded as copied", async () => {
    const epoch = await log.epoch();
    const path = join(directory, `epochs/tile/0/000.p/${epoch + 1}`);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, "another log's");
    await expect(copy()).rejects.toThrow(/is there with other bytes/);
    expect(readFileSync(path, "utf8")).toBe("another log's");
    expect(readdirSync(join(path, "..")).filter((name) => name.endsWith(".draft"))).toEqual([]);
    await expect(copy()).rejects.toMatchObject({ code: "log_diverged" });
  });
});

describe("a copy in a git repository", () => {
  const at = temporaryDirectory();
  const remote = join(at, "remote.git");
  const env = { PATH: process.env["PATH"] ?? "", HOME: at };
  const git = (...args: readonly string[]): string => execFileSync("git", args, { env, encoding: "utf8" });
  git("init", "--quiet", "--bare", "--initial-branch", "main", remote);
  const anchor = (workDirectory: string) => createGitAnchor({ database, remote, workDirectory, branch: "main", env });
  const push = anchor(join(at, "work"));
  const history = (): readonly string[] => git("-C", remote, "log", "--format=%s", "main").trim().split("\n");

  it("gets the checkpoint as a commit, and the next one after it", async () => {
    const first = await log.epoch();
    expect(await push()).toBe(first);
    expect(await push()).toBeNull();
    const second = await log.epoch();
    expect(await push()).toBe(second);
    expect(history()).toEqual([`epoch ${second}`, `epoch ${first}`]);
    const published = await database.transaction(publishedCheckpoint);
    expect(git("-C", remote, "show", "main:epochs/checkpoint")).toBe(published?.note);
    expect(published).toMatchObject({ epoch: second, witnessed: false });
  });

  it("a clone that was deleted is made again", async () => {
    const epoch = await log.epoch();
    expect(await anchor(join(at, "other"))()).toBe(epoch);
    expect(history()[0]).toBe(`epoch ${epoch}`);
  });

  it("runs no hook that the repository or the clone brings", async () => {
    const witness = join(at, "ran");
    const hooks = join(at, "work/repository/.git/hooks");
    mkdirSync(hooks, { recursive: true });
    for (const hook of ["pre-push", "pre-commit", "post-checkout", "commit-msg"])
      writeFileSync(join(hooks, hook), `#!/bin/sh\ntouch ${witness}\n`, { mode: 0o755 });
    await log.epoch();
    await push();
    expect(existsSync(witness)).toBe(false);
  });

  it("somebody who may force a push rewinds it, or empties it: told, and the newest checkpoint is in it again", async () => {
    git("-C", remote, "update-ref", "refs/heads/main", "refs/heads/main~1");
    const epoch = await log.epoch();
    await expect(push()).rejects.toMatchObject({ code: "anchor_unavailable" });
    expect(history()[0]).toBe(`epoch ${epoch}`);
    git("-C", remote, "update-ref", "-d", "refs/heads/main");
    const next = await log.epoch();
    await expect(push()).rejects.toThrow(/did not have epoch \d+ any more/);
    expect(history()[0]).toBe(`epoch ${next}`);
    await log.epoch();
    await push();
  });

  it.each<[string, (clone: string, target: string) => void]>([
    ["the checkpoint is a link", (clone, target) => symlinkSync(target, join(clone, "epochs/checkpoint"))],
    [
      "its folder is a link",
      (clone, target) => {
        rmSync(join(clone, "epochs"), { recursive: true });
        symlinkSync(dirname(target), join(clone, "epochs"));
      },
    ],
  ])(
    "somebody who may push makes a link of it (%s): nothing of this machine is written, and it is a file again",
    async (_, link) => {
      const target = join(temporaryDirectory(), "checkpoint");
      writeFileSync(target, "mine");
      const clone = temporaryDirectory();
      git("clone", "--quiet", remote, clone);
      rmSync(join(clone, "epochs/checkpoint"));
      link(clone, target);
      git("-C", clone, "add", "-A");
      git("-C", clone, "-c", "user.name=x", "-c", "user.email=x@x", "commit", "--quiet", "-am", "a link");
      git("-C", clone, "push", "--quiet");
      await log.epoch();
      await expect(push()).rejects.toThrow("did not have epoch");
      expect(readFileSync(target, "utf8")).toBe("mine");
      expect(git("-C", remote, "ls-tree", "main", "epochs/checkpoint")).toMatch(/^100644 blob/);
      const published = await database.transaction(publishedCheckpoint);
      expect(git("-C", remote, "show", "main:epochs/checkpoint")).toBe(published?.note);
    },
  );

  it("case 22: never puts an older checkpoint over a newer one, and never forces", async () => {
    const clone = join(at, "else");
    git("clone", "--quiet", remote, clone);
    const text = readFileSync(join(clone, "epochs/checkpoint"), "utf8");
    writeFileSync(join(clone, "epochs/checkpoint"), text.replace(/\n\d+\n/, "\n100000\n"));
    git("-C", clone, "-c", "user.name=x", "-c", "user.email=x@x", "commit", "--quiet", "-am", "ahead");
    git("-C", clone, "push", "--quiet");
    await log.epoch();
    await expect(push()).rejects.toMatchObject({ code: "log_diverged" });
    expect(history()[0]).toBe("ahead");
  });

  it("a remote that is away is a lost dependency, tried again", async () => {
    const away = createGitAnchor({
      database,
      remote: join(at, "none.git"),
      workDirectory: join(at, "w2"),
      branch: "main",
      env,
    });
    await expect(away()).rejects.toMatchObject({ code: "anchor_unavailable" });
  });
});
