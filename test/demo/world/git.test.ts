// git itself, with nothing of ours, reads the world's repositories: as at GitHub, with an installation's token and for that alone.

import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { acts, executable, scene, serveWorld, symbolicLink } from "#demo/world";
import { at, clientOf, textOf } from "./client.ts";
import { plainGit } from "./git.ts";

const given = scene({
  files: { "bin/run": executable("#!/bin/sh\n"), "bin.txt": "beside\n", current: symbolicLink("src/index.ts") },
});
const { world } = given;
acts.addAccount(world, { login: "olga" });
acts.addRepository(world, { name: "olga/own" });
const theirs = acts.installApp(world, { account: "olga", by: "olga" }).id;
const running = await serveWorld(world);
afterAll(() => running.close());
const client = await clientOf(running.url, given);
const { folder, git, tried } = plainGit();

const basic = (token: string): string => `Basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`;
const bearing = (token: string): readonly string[] => [
  "-c",
  `http.extraHeader=Authorization: ${basic(token)}`,
  "-c",
  "transfer.fsckObjects=true",
];
const repository = `${running.url}/acme/app.git`;
const clone = join(folder, "clone");
const inClone = async (...args: readonly string[]): Promise<string> => git(["-C", clone, ...args]);

describe("a clone", () => {
  let token = "";
  beforeAll(async () => {
    token = await client.token({ permissions: { contents: "read" } });
    await git([...bearing(token), "clone", "--quiet", repository, clone]);
  });

  it("has the default branch checked out, with its links and executables, and every branch", async () => {
    expect(await inClone("ls-tree", "-r", "HEAD")).toMatch(/^100755 blob \w+\tbin\/run$/m);
    expect(await inClone("cat-file", "-p", "HEAD:current")).toBe("src/index.ts");
    expect(await inClone("status", "--porcelain", "--branch")).toBe("## main...origin/main");
    expect(await inClone("log", "--format=%H %s", "origin/feature", "-2")).toBe(
      `${given.h2} Test the answer\n${given.h1} Correct the answer`,
    );
    await inClone("fsck", "--strict");
  });

  it("has the names that the API tells: of commits, trees and blobs", async () => {
    const call = await client.as();
    const { data: commit } = await call("GET", `/repos/acme/app/git/commits/${given.h2}`);
    expect(await inClone("rev-parse", "origin/feature^{tree}")).toBe(textOf(commit, "tree", "sha"));
    const { data } = await call("GET", `/repos/acme/app/git/trees/${textOf(commit, "tree", "sha")}?recursive=1`);
    const rows = at(data, "tree");
    const told = (Array.isArray(rows) ? rows : []).map((row) => `${textOf(row, "sha")} ${textOf(row, "path")}`);
    const read = await inClone("ls-tree", "-r", "-t", "--format=%(objectname) %(path)", "origin/feature");
    expect(told.toSorted()).toEqual(read.split("\n").toSorted());
  });

  it("sees what happened since, whatever became of a branch: nothing but what is new is written", async () => {
    const h3 = acts.push(world, {
      repo: "acme/app",
      branch: "feature",
      by: "agent[bot]",
      files: { "a/b/c.txt": "c\n" },
    });
    acts.push(world, { repo: "acme/app", branch: "gone/soon", by: "ann", files: { a: "a\n" } });
    await inClone(...bearing(token), "fetch", "--quiet", "--prune");
    expect(await inClone("rev-parse", "origin/feature")).toBe(h3);
    acts.deleteBranch(world, { repo: "acme/app", branch: "gone/soon", by: "ann" });
    await inClone(...bearing(token), "fetch", "--quiet", "--prune");
    expect(await inClone("branch", "--remotes", "--list", "origin/gone/*")).toBe("");
  });

  it.each(["0", "2"])(
    "is one commit deep, by protocol %s, for a branch, a pull request's head and any SHA",
    async (version) => {
      const fetch = async (name: string): Promise<string> => {
        const shallow = join(folder, `shallow-${version}-${name.replaceAll("/", "-")}`);
        await git(["init", "--quiet", "--bare", shallow]);
        const args = ["-c", `protocol.version=${version}`, "-C", shallow, "fetch", "--quiet", "--depth=1", repository];
        await git([...bearing(token), ...args, `+${name}:refs/x`]);
        return git(["-C", shallow, "log", "--format=%H", "refs/x"]);
      };
      const head = world.repositories.values().next().value?.pulls.get(given.number)?.headSha;
      expect(await fetch("feature")).toBe(head);
      expect(await fetch(`refs/pull/${given.number}/head`)).toBe(head);
      expect(await fetch(given.h1)).toBe(given.h1);
    },
  );

  it("is whole for each of several at once, while the branch moves under them", async () => {
    const tips = await Promise.all(
      Array.from({ length: 6 }, async (_, at) => {
        const own = join(folder, `at-once-${at}`);
        const cloned = git([...bearing(token), "clone", "--quiet", "--bare", "--branch=moving", repository, own]);
        const moved = acts.push(world, { repo: "acme/app", branch: "moving", by: "ann", files: { moving: `${at}\n` } });
        await cloned;
        await git(["-C", own, "fsck", "--strict"]);
        return [moved, await git(["-C", own, "rev-parse", "moving"])];
      }),
    );
    const pushed = tips.map(([moved]) => moved);
    for (const [, cloned] of tips) expect(pushed).toContain(cloned);
  });

  it("names what is not there, in git's own words", async () => {
    const fetch = async (name: string): Promise<unknown> =>
      tried([...bearing(token), "-C", clone, "fetch", "--quiet", repository, name]);
    expect(await fetch("nowhere")).toMatchObject({
      error: expect.stringContaining("couldn't find remote ref nowhere"),
    });
    expect(await fetch("1".repeat(40))).toMatchObject({ error: expect.stringContaining("not our ref") });
  });

  it("is in the journal, with whose token it was and no pack", () => {
    const [first] = world.journal.of("POST /{owner}/{repo}/git-upload-pack");
    expect(first).toMatchObject({ path: "/acme/app.git/git-upload-pack", status: 200, body: null, answer: null });
    expect(first?.as).toMatchObject({ kind: "installation", id: given.installation });
  });
});

describe("nobody else", () => {
  const refs = async (headers: Readonly<Record<string, string>>, path = "/acme/app"): Promise<number> =>
    (await fetch(`${running.url}${path}/info/refs?service=git-upload-pack`, { headers })).status;

  it("reads without a token, or with one that is unknown, revoked, or no installation's", async () => {
    expect(await refs({})).toBe(401);
    expect(await refs({ authorization: basic("ghs_unknown") })).toBe(401);
    const token = await client.token();
    expect(await refs({ authorization: `Bearer ${token}` })).toBe(401);
    expect(await refs({ authorization: basic(token) })).toBe(200);
    await fetch(`${running.url}/installation/token`, {
      method: "DELETE",
      headers: { authorization: `token ${token}` },
    });
    expect(await refs({ authorization: basic(token) })).toBe(401);
  });

  it("learns that a repository of another installation is there at all", async () => {
    const other = await clientOf(running.url, { ...given, installation: theirs });
    const authorization = basic(await other.token());
    expect(await refs({ authorization }, "/olga/own.git")).toBe(200);
    expect(await refs({ authorization })).toBe(404);
    expect(await refs({ authorization }, "/acme/nowhere")).toBe(404);
    const asked = await fetch(`${repository}/git-upload-pack`, {
      method: "POST",
      headers: { authorization },
      body: "0000",
    });
    expect(asked.status).toBe(404);
  });

  it("reads without the permission to, and nobody pushes", async () => {
    expect(await refs({ authorization: basic(await client.token({ permissions: { checks: "write" } })) })).toBe(403);
    const authorization = basic(await client.token());
    const push = await fetch(`${repository}/info/refs?service=git-receive-pack`, { headers: { authorization } });
    expect([push.status, await push.text()]).toEqual([403, expect.stringContaining("nothing is pushed to it")]);
  });
});

it("a request that was compressed is read, and one that only says so is refused", async () => {
  const headers = {
    authorization: basic(await client.token()),
    "content-encoding": "gzip",
    "git-protocol": "version=2",
    "content-type": "application/x-git-upload-pack-request",
  };
  const ask = async (body: Buffer): Promise<Response> =>
    fetch(`${repository}/git-upload-pack`, { method: "POST", headers, body: new Uint8Array(body) });
  const listed = await ask(gzipSync("0014command=ls-refs\n00010009peel\n0000"));
  expect([listed.status, await listed.text()]).toEqual([200, expect.stringContaining("refs/heads/main")]);
  expect((await ask(Buffer.from("0000"))).status).toBe(400);
});

it("where there is no git, the answer says what is missing, and the API goes on", async () => {
  vi.stubEnv("PATH", "/nonexistent");
  const authorization = basic(await client.token());
  const refs = await fetch(`${repository}/info/refs?service=git-upload-pack`, { headers: { authorization } });
  expect([refs.status, await refs.text()]).toEqual([503, expect.stringContaining("install git")]);
  expect((await (await client.as())("GET", "/repos/acme/app")).status).toBe(200);
  vi.unstubAllEnvs();
});

it("nothing is left when the world closes", async () => {
  const temporary = join(folder, "temporary");
  mkdirSync(temporary);
  vi.stubEnv("TMPDIR", temporary);
  const own = scene();
  const other = await serveWorld(own.world);
  const authorization = basic(await (await clientOf(other.url, own)).token());
  expect(readdirSync(temporary)).toEqual([]);
  await fetch(`${other.url}/acme/app/info/refs?service=git-upload-pack`, { headers: { authorization } });
  expect(readdirSync(temporary)).toHaveLength(1);
  await other.close();
  expect(readdirSync(temporary)).toEqual([]);
  vi.unstubAllEnvs();
});
