// The tools as an execution runs them: a real lease broker and its proxy, the local GitHub, git over smart HTTP, and the sandbox.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { scene, serveWorld } from "#demo/world";
import { createTools } from "#doer/io";
import type { Packet, PacketRepository } from "#gateway";
import { appId, repoName, repositoryId, type Json } from "#kernel";
import { egressHosts, type LeaseClient } from "#leases";
import { createGitHubProvider, serveEgress, type Egress } from "#leases/io";
import { createGitHub } from "#platform/github";
import { readProgram } from "#platform/process";
import { NO_RULES } from "#sqlguard";
import { runInSandbox } from "#sandbox/io";
import { readOutcome } from "../../src/gateway/io/dispatch/outcome.ts";
import { startGitHost } from "../leases/support/git-host.ts";
import { testDatabase } from "../support/database.ts";
import { leaseLab } from "../support/leases.ts";
import { doerLab } from "./support/lab.ts";

const known = <T>(value: T | null | undefined): T => value ?? expect.unreachable();
const t = await testDatabase();
const given = scene();
const world = await serveWorld(given.world);
const acme = await t.tenant("acme", given.installation);
const app = known([...given.world.repositories.values()].find(({ name }) => name === "app"));
const repository: PacketRepository = {
  id: known(repositoryId(app.id)),
  name: known(repoName("acme/app")),
  installation: acme.installation,
};
const root = mkdtempSync(join(tmpdir(), "countersign-tools-"));
const lab = doerLab(t);
let egress: Egress;
let host: Awaited<ReturnType<typeof startGitHost>>;
let leases: LeaseClient;
let close: () => Promise<void>;

const git = async (cwd: string, ...args: readonly string[]): Promise<string> => {
  const env = { PATH: process.env["PATH"] ?? "", HOME: root, GIT_CONFIG_NOSYSTEM: "1" };
  const read = await readProgram({ program: "git", args: ["-c", "user.name=a", "-c", "user.email=a@example.com", ...args], env }, { cwd }); // prettier-ignore
  if (read.kind === "failed") throw read.cause;
  return read.out.toString("utf8").trim();
};

beforeAll(async () => {
  const bare = join(root, "acme/app.git");
  const seed = join(root, "seed");
  await git(root, "init", "--quiet", "--bare", "--initial-branch=main", bare);
  await git(root, "init", "--quiet", "--initial-branch=main", seed);
  mkdirSync(join(seed, "src"));
  writeFileSync(join(seed, "src/sum.js"), "export const sum = (a, b) => a - b;\n");
  writeFileSync(join(seed, "check.sh"), "grep -q 'a + b' src/sum.js\n");
  writeFileSync(join(seed, ".env"), "TOTAL=a - b\n");
  await git(seed, "add", ".");
  await git(seed, "commit", "--quiet", "-m", "first");
  await git(seed, "push", "--quiet", bare, "main");
  await git(seed, "checkout", "--quiet", "-b", "fix/sum");
  writeFileSync(join(seed, "src/sum.js"), "export const sum = (a, b) => a + b;\n");
  writeFileSync(join(seed, ".env"), "TOTAL=a + b\n");
  await git(seed, "commit", "--quiet", "-am", "fix");
  await git(seed, "push", "--quiet", bare, "fix/sum");
  host = await startGitHost(
    root,
    () => [...given.world.tokens.values()].findLast(({ revoked }) => !revoked)?.text ?? "",
  );
  const { api } = given.world.urls;
  const github = createGitHub({ appId: known(appId(given.appId)), privateKey: given.privateKey, baseUrl: api });
  const broker = await (await leaseLab(t)).start({ providers: { github: createGitHubProvider(github.leases), database: null, vault: null } }); // prettier-ignore
  egress = await serveEgress({ leases: broker, hosts: { ...egressHosts(api), git: host.url } });
  leases = {
    ...broker,
    ask: async (request) => {
      const asked = await broker.ask(request);
      return asked.kind === "leased" ? { ...asked, proxy: egress.url } : asked;
    },
    open: async (tenant) => broker.open(tenant),
    revokeAll: (whose) => broker.revokeAll(whose, "killed"),
    close: () => {},
  };
  close = () => broker.close();
});
afterAll(async () => {
  await egress.close();
  await close();
  await host.close();
  await world.close();
  rmSync(root, { recursive: true, force: true });
});

async function run(tool: Packet["tool"], args: Readonly<Record<string, Json>>) {
  const tools = createTools({
    tickets: null,
    gitHost: "https://github.example",
    scrub: async (texts) => texts.map((text) => text.replaceAll(/hunter2/g, "[secret]")),
    traces: null,
    inTenant: (_, work) => lab.database.withTenant(acme.claim, work),
    select: { leases, rulesOf: async () => NO_RULES, appendFor: () => async () => expect.unreachable() },
  });
  const doer = lab.doer({ tools, leases, sandbox: runInSandbox });
  const signed = await lab.sign(acme, { tool, args: { repository: "acme/app", ...args }, repository });
  const { call } = lab.packetOf(signed);
  await lab.hand(doer, acme, signed);
  return t.db.withTenant(acme.claim, (tx) => readOutcome(t.keys, tx, call));
}

describe("X14 GitHub's API over a lease", () => {
  it("repo.read: files at one commit, marked as nobody's word", async () => {
    const outcome = await run("repo.read", { ref: null, paths: ["README.md", "no/such"] });
    expect(outcome).toMatchObject({
      kind: "done",
      result: { read: expect.arrayContaining([{ path: "no/such", kind: "absent" }]) },
    });
  });

  it("pr.comment: under the App's name, mentions call nobody, no line is a command", async () => {
    const outcome = await run("pr.comment", { pull_request: given.number, body: "@ann look\n/approve" });
    expect(outcome).toMatchObject({ kind: "done" });
    const comment = known(app.comments.at(-1)).body;
    expect(comment).not.toMatch(/@ann|^\/approve/m);
  });

  it("checks.read and logs.read: what checks say", async () => {
    expect(await run("checks.read", { ref: given.h2 })).toMatchObject({ kind: "done", result: { commit: given.h2 } });
    expect(await run("logs.read", { job: 999_999_999, contains: null, last: 10 })).toMatchObject({ kind: "refused" });
  });

  it("what GitHub does not know is a refusal that says what to do", async () => {
    expect(await run("repo.read", { ref: "no-such-branch", paths: ["README.md"] })).toMatchObject({
      kind: "refused",
      next: expect.stringContaining("branch"),
    });
  });
});

describe("X14 git over a lease, and the sandbox", () => {
  it("repo.search: path, line and text", async () => {
    expect(
      await run("repo.search", { ref: "main", pattern: "a - b", regex: false, paths: [], most: 10 }),
    ).toMatchObject({
      kind: "done",
      result: { more: false, matches: [{ path: "src/sum.js", line: 1, found: { untrusted: "file" } }] },
    });
    expect(
      await run("repo.search", { ref: "main", pattern: "nowhere", regex: false, paths: [], most: 10 }),
    ).toMatchObject({ kind: "done", result: { matches: [] } });
  });

  it("a file that holds credentials is in no search and no diff, and a pattern of git's is only a name", async () => {
    expect(await run("repo.search", { ref: "main", pattern: "TOTAL", regex: false, paths: [], most: 9 })).toMatchObject(
      {
        kind: "done",
        result: { matches: [] },
      },
    );
    for (const paths of [[], ["."], ["*.en?"], ["[.]env"]])
      expect(JSON.stringify(await run("repo.diff", { base: "main", head: "fix/sum", paths }))).not.toContain("TOTAL");
    expect(
      await run("repo.search", { ref: "main", pattern: "a - b", regex: false, paths: ["src/*"], most: 9 }),
    ).toMatchObject({ kind: "done", result: { matches: [] } });
    expect(
      await run("repo.search", { ref: "main", pattern: "a - b", regex: false, paths: ["src"], most: 9 }),
    ).toMatchObject({ kind: "done", result: { matches: [{ path: "src/sum.js" }] } });
  });

  it("repo.diff: from the last common commit, whole", async () => {
    expect(await run("repo.diff", { base: "main", head: "fix/sum", paths: [] })).toMatchObject({
      kind: "done",
      result: {
        whole: true,
        files: [{ path: ".env" }, { path: "src/sum.js", added: 1, removed: 1 }],
        diff: { text: expect.stringContaining("+export const sum = (a, b) => a + b;") },
      },
    });
  });

  it.each([
    ["main", 1],
    ["fix/sum", 0],
  ])("shell.test on %s: its status is %i, in a sandbox that is gone afterwards", async (ref, status) => {
    expect(await run("shell.test", { ref, command: "sh check.sh" })).toMatchObject({
      kind: "done",
      result: { status },
    });
  });

  it("a branch that is not there", async () => {
    expect(await run("repo.search", { ref: "nowhere", pattern: "x", regex: false, paths: [], most: 1 })).toMatchObject({
      kind: "refused",
    });
  });

  it("every lease is over", async () => {
    expect(await leases.open(acme.id)).toEqual([]);
    expect(lab.faults).toEqual([]);
  });
});
