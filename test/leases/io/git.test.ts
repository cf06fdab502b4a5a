import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { serveEgress, withGit, type Egress, type GitWay } from "#leases/io";
import { readProgram } from "#platform/process";
import { startGitHost } from "../support/git-host.ts";
import { liveLeases } from "../support/live.ts";
import { argumentsOf, environmentOf, familyOf, remembers } from "../support/memory.ts";

const HOST = "https://github.example";
const root = mkdtempSync(join(tmpdir(), "countersign-git-test-"));
const leases = liveLeases();
let given = leases.give();
let host: Awaited<ReturnType<typeof startGitHost>>;
let egress: Egress;

const plainGit = async (cwd: string, ...args: readonly string[]): Promise<void> => {
  const env = { PATH: process.env["PATH"] ?? "", HOME: root, GIT_CONFIG_NOSYSTEM: "1" };
  const read = await readProgram(
    { program: "git", args: ["-c", "user.name=a", "-c", "user.email=a@example.com", ...args], env },
    { cwd },
  );
  if (read.kind === "failed") throw read.cause;
};

beforeAll(async () => {
  for (const name of ["acme/shop.git", "acme/vault.git"]) {
    await plainGit(root, "init", "--quiet", "--bare", "--initial-branch=main", join(root, name));
    await plainGit(join(root, name), "config", "http.receivepack", "true");
  }
  const seed = join(root, "seed");
  await plainGit(root, "init", "--quiet", "--initial-branch=main", seed);
  writeFileSync(join(seed, "README.md"), "hello\n");
  await plainGit(seed, "add", "README.md");
  await plainGit(seed, "commit", "--quiet", "-m", "first");
  for (const name of ["acme/shop.git", "acme/vault.git"])
    await plainGit(seed, "push", "--quiet", join(root, name), "main");
  host = await startGitHost(root, () => given.token);
  egress = await serveEgress({ leases: leases.live, hosts: { api: `${host.url}/api`, git: host.url } });
});
afterAll(async () => {
  await egress.close();
  await host.close();
  rmSync(root, { recursive: true, force: true });
});
beforeEach(() => {
  given = leases.give();
  host.seen.length = 0;
  host.held.before = async () => {};
});

const leased = <T>(work: (way: GitWay) => Promise<T>): Promise<T> =>
  withGit({ proxy: egress.url, handle: given.handle, host: HOST }, work);
const git = (cwd: string, ...args: readonly string[]) =>
  leased((way) => readProgram({ program: "git", args: [...way.args, ...args], env: way.env }, { cwd }));
const said = (read: Awaited<ReturnType<typeof git>>): string =>
  read.kind === "ended" ? read.out.toString("utf8") : read.error;
const folder = (): string => mkdtempSync(join(root, "clone-"));
const clone = async (): Promise<string> => {
  const into = folder();
  expect((await git(into, "clone", "--quiet", `${HOST}/acme/shop.git`, "shop")).kind).toBe("ended");
  return join(into, "shop");
};
const everyFile = (path: string): string =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"))
    .join("\n");

describe("git over a lease", () => {
  it("clones, and pushes a branch, through the proxy", async () => {
    const work = await clone();
    expect(readFileSync(join(work, "README.md"), "utf8")).toBe("hello\n");
    writeFileSync(join(work, "fix.txt"), "x".repeat(100_000));
    await plainGit(work, "checkout", "--quiet", "-b", "fix/42");
    await plainGit(work, "add", "fix.txt");
    await plainGit(work, "commit", "--quiet", "-m", "fix");
    expect((await git(work, "push", "--quiet", "origin", "fix/42")).kind).toBe("ended");
    expect((await git(work, "ls-remote", "origin")).kind).toBe("ended");
    expect(existsSync(join(root, "acme/shop.git/refs/heads/fix/42"))).toBe(true);
  });

  it.each([
    ["removing a branch", ["--delete", "origin", "main"]],
    ["removing it beside a new one", ["origin", ":main", "HEAD:refs/heads/new"]],
    ["moving a tag", ["--force", "origin", "HEAD:refs/tags/v1"]],
  ])("X14 %s, which REST has no row for: refused by the proxy, and nothing of it is sent", async (_, args) => {
    const bare = join(root, "acme/shop.git");
    await plainGit(bare, "tag", "--force", "v1", "main");
    const work = await clone();
    await plainGit(work, "commit", "--quiet", "--allow-empty", "-m", "another");
    const refs = readdirSync(join(bare, "refs"), { recursive: true });
    host.seen.length = 0;
    expect(said(await git(work, "push", ...args))).toContain("403");
    expect(host.seen).toEqual(["GET /acme/shop.git/info/refs?service=git-receive-pack"]);
    expect(readdirSync(join(bare, "refs"), { recursive: true })).toEqual(refs);
  });

  it("an address for SSH is the same repository, over the proxy", async () => {
    const into = folder();
    expect((await git(into, "clone", "--quiet", "git@github.example:acme/shop.git", "shop")).kind).toBe("ended");
  });

  it("X14 another repository of the same installation: refused by the proxy", async () => {
    const read = await git(folder(), "clone", "--quiet", `${HOST}/acme/vault.git`, "vault");
    expect(said(read)).toMatch(/403/);
    expect(host.seen).toEqual([]);
  });

  it("X14 pushing with a lease to read: refused by the proxy, before anything is sent", async () => {
    const work = await clone();
    given = leases.give({ permissions: { metadata: "read", contents: "read" } });
    host.seen.length = 0;
    expect(said(await git(work, "push", "--quiet", "origin", "main:taken"))).toMatch(/403/);
    expect(host.seen).toEqual([]);
  });

  it("X14 nothing but the proxy is spoken to: no file, no other host, no submodule's own way", async () => {
    for (const url of [
      join(root, "acme/vault.git"),
      `file://${root}/acme/vault.git`,
      "ssh://git@evil.example/x",
      "ext::sh -c id",
      "git://evil.example/x",
    ])
      // prettier-ignore
      expect(said(await git(folder(), "clone", "--quiet", url, "x")), url).toMatch(/not allowed/);
  });

  it("a lease that is over: git fails, and asks nobody for a password", async () => {
    const work = await clone();
    leases.clock.now += 61_000;
    host.seen.length = 0;
    expect((await git(work, "fetch", "--quiet")).kind).toBe("failed");
    expect(host.seen).toEqual([]);
    leases.clock.now = 0;
  });
});

describe("L8, L9 what whoever runs git can see", () => {
  it("L9 git remote -v, .git/config and every file of the clone: neither token nor handle", async () => {
    const work = await clone();
    const remotes = said(await git(work, "remote", "-v"));
    const config = readFileSync(join(work, ".git/config"), "utf8");
    expect(config).toContain(`${HOST}/acme/shop.git`);
    expect(config).not.toMatch(/127\.0\.0\.1|credential|insteadOf/i);
    for (const secret of [given.token, given.handle, "lease:"])
      for (const text of [remotes, config, everyFile(work)]) expect(text).not.toContain(secret);
  });

  it("L8 a child of git prints its environment: no token, no handle, nothing of ours", async () => {
    process.env["PRIVATE_KEY"] = given.token;
    const printed = said(await git(folder(), "-c", "alias.print=!env", "print"));
    Reflect.deleteProperty(process.env, "PRIVATE_KEY");
    expect(printed).toContain("GIT_TERMINAL_PROMPT=0");
    for (const secret of [given.token, given.handle, "PRIVATE_KEY"]) expect(printed).not.toContain(secret);
  });

  it("the helper's file is readable by this user alone while git runs, and gone afterwards", async () => {
    const home = await leased(async ({ env }) => {
      const file = join(env["HOME"] ?? "", "credential");
      expect(readFileSync(file, "utf8")).toBe(`username=lease\npassword=${given.handle}\n`);
      return env["HOME"] ?? "";
    });
    expect(existsSync(home)).toBe(false);
  });

  describe.skipIf(process.platform !== "linux")("skipped elsewhere: needs procfs", () => {
    it("L9 a core dump of git and its children in the middle of a fetch: no token in memory, arguments or environment", async () => {
      const arrived = Promise.withResolvers<void>();
      const go = Promise.withResolvers<void>();
      host.held.before = async (target) => {
        if (!target.endsWith("/git-upload-pack")) return;
        arrived.resolve();
        await go.promise;
      };
      await leased(async ({ args, env }) => {
        const cwd = folder();
        const child = spawn("git", [...args, "clone", "--quiet", `${HOST}/acme/shop.git`, "shop"], { env, cwd });
        await arrived.promise;
        const family = familyOf(child.pid ?? 0);
        expect(family.length).toBeGreaterThan(1);
        // The one that speaks HTTP holds the handle: the search finds what is there.
        expect(family.some((pid) => remembers(pid, given.handle))).toBe(true);
        for (const pid of family) {
          expect(remembers(pid, given.token)).toBe(false);
          expect(remembers(pid, given.token.slice(0, 40))).toBe(false);
          for (const text of [argumentsOf(pid), environmentOf(pid)])
            for (const secret of [given.token, given.handle]) expect(text).not.toContain(secret);
        }
        go.resolve();
        await new Promise((ended) => child.once("exit", ended));
        expect(child.exitCode).toBe(0);
      });
    });
  });
});
