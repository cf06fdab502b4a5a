// What must not get into git: looked for in a real repository, in what is staged and in all that was ever committed.

import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { checkHistory } from "../../src/main/history.ts";
import { checkStaged } from "../../src/main/staged.ts";
import { program, temporaryDirectory } from "../support/program.ts";

let root: string;
const git = (...args: readonly string[]): string =>
  execFileSync("git", ["-C", root, "-c", "user.name=ann", "-c", "user.email=ann@example.com", ...args], {
    encoding: "utf8",
    env: { PATH: process.env["PATH"], HOME: root },
    stdio: ["ignore", "pipe", "ignore"],
  });
function put(path: string, text: string | Buffer): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
const stage = (path: string, text: string | Buffer): void => {
  put(path, text);
  git("add", "--force", "--", `:(literal)${path}`);
};
const commit = (message = "a change"): void => void git("commit", "--quiet", "--allow-empty", "-m", message);

beforeEach(() => {
  root = temporaryDirectory();
  git("init", "--quiet", "--initial-branch=main");
  vi.stubEnv("GIT_DIR", join(root, ".git"));
  vi.stubEnv("GIT_WORK_TREE", root);
  return () => vi.unstubAllEnvs();
});

const SEALED = `ACME_A=enc:v1:018f6f3e-7a9b-7c55-8f6e-0123456789ab:c2VhbGVk`;
const b64 = (length: number): string => "aB3-_x9QzR".repeat(Math.ceil(length / 10)).slice(0, length);
const stateless = `ghs_4242_eyJ${b64(180)}.eyJ${b64(180)}.${b64(150)}`;
/** Put together here, or this file itself would be what it looks for. */
const joined = (...parts: readonly string[]): string => parts.join("");

/** What should never be committed, and the line that is said. */
const WRONG: readonly (readonly [string, string, string, number])[] = [
  ["a stateless installation token", "deploy.sh", `#!/bin/sh\ngit clone https://x-access-token:${stateless}@github.com/a/b\n`, 2],
  ["a stateless installation token, alone in a file", "token.txt", stateless, 1],
  ["an installation token of yesterday", "a.yml", joined("token: ghs", "_", "A1b2".repeat(9)), 1],
  ["a private key", "key.pem", joined("-----BEGIN RSA PRIVATE", " KEY-----\nMIIE\n"), 1],
  ["a connection string", "config.json", `{\n "url": "postgres://app:hunter2secret@db/app" }`, 2],
  ["a half-sealed file: one value is in plain text", "deploy/acme.env", `${SEALED}\nACME_TOKEN=hunter2-hunter2\n`, 2],
  ["a half-sealed file: plain first", ".env", `ACME_TOKEN=hunter2-hunter2\n${SEALED}\n`, 1],
  ["a file of the environment with nothing sealed", "service/.env.production", "# prod\nexport API_TOKEN = hunter2\n", 2],
  ["a file of the environment with Windows' line ends", ".env", `${SEALED}\r\nACME_TOKEN=hunter2\r\n`, 2],
]; // prettier-ignore

/** What looks like it and is fine. */
const FINE: readonly (readonly [string, string, string | Buffer])[] = [
  ["a file that is sealed as a whole", "deploy/acme.env", `# sealed\n${SEALED}\nACME_B=enc:v1:x\n`],
  ["an example of an environment", ".env.example", "API_TOKEN=put-yours-here\n"],
  ["a certificate, which everybody may see", "ca.pem", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"],
  ["assignments in a program", "a.ts", "const a = 1;\nA = 2;\n"],
  ["bytes that are no text", "a.bin", Buffer.from([0, 255, 254, 10, 61])],
  ["the example of a client's folder", "clients/example/README.md", "# example\n"],
]; // prettier-ignore

describe("P17 what is staged", () => {
  test.each(WRONG)("P17 %s: said with its line, and never shown", async (_, path, text, line) => {
    stage(path, text);
    const found = await checkStaged();
    expect(found).toMatchObject({ kind: "staged", files: 1, problems: [expect.stringContaining(`line ${line}:`)] });
    expect(JSON.stringify(found)).not.toMatch(/hunter2|A1b2|eyJ/);
  });

  test.each(FINE)("not caught: %s", async (_, path, text) => {
    stage(path, text);
    expect(await checkStaged()).toMatchObject({ files: 1, problems: [] });
  });

  test("P17 the index is what is read: a file that was cleaned in the folder only is still caught, one that was spoilt there only is not", async () => {
    stage("a.env", `${SEALED}\nACME_TOKEN=hunter2\n`);
    put("a.env", `${SEALED}\n`);
    expect(await checkStaged()).toMatchObject({ problems: [expect.stringContaining("line 2")] });
    stage("a.env", `${SEALED}\n`);
    put("a.env", `${SEALED}\nACME_TOKEN=hunter2\n`);
    expect(await checkStaged()).toMatchObject({ problems: [] });
  });

  test("P17 a client's folder, added by force, whatever is in it", async () => {
    stage("clients/acme/client.yml", "prefix: acme\n");
    expect(await checkStaged()).toMatchObject({ problems: [expect.stringContaining("belongs to a client")] });
  });

  test("a file that is deleted, a submodule and a name with signs of a pathspec are no trouble; one too large is counted", async () => {
    stage("gone.txt", "x");
    stage("a[1]*.txt", "x");
    commit();
    git("rm", "--quiet", "gone.txt");
    stage(":(top)b.txt", "x");
    git("update-index", "--add", "--cacheinfo", `160000,${git("rev-parse", "HEAD").trim()},module`);
    stage("large.bin", Buffer.alloc(5 * 1024 * 1024));
    expect(await checkStaged()).toEqual({ kind: "staged", files: 3, unread: 1, problems: [] });
  });

  test("P17 as a hook of git, the commit is refused, and made once the file is clean", async () => {
    const main = join(import.meta.dirname, "../../src/main.ts");
    const hook = join(root, ".git/hooks/pre-commit");
    writeFileSync(hook, `#!/bin/sh\nexec "${process.execPath}" "${main}" secret check --staged\n`);
    chmodSync(hook, 0o755);
    stage("a.env", `${SEALED}\nACME_TOKEN=hunter2\n`);
    expect(() => commit()).toThrow();
    stage("a.env", `${SEALED}\n`);
    commit();
    expect(git("log", "--format=%s").trim()).toBe("a change");
  });
});

describe("P17 the history", () => {
  test.each(WRONG)("P17 %s: found in a version that is gone from the branch", async (_, path, text, line) => {
    stage(path, text);
    commit();
    git("rm", "--quiet", path);
    commit();
    const found = await checkHistory();
    expect(found).toMatchObject({ kind: "history", commits: 2, files: 1, unread: 0 });
    expect(found).toMatchObject({ problems: [expect.stringContaining(`line ${line}:`)] });
    expect(JSON.stringify(found)).not.toMatch(/hunter2|A1b2|eyJ/);
  });

  test("not caught: what is fine", async () => {
    for (const [, path, text] of FINE) stage(path, text);
    commit();
    expect(await checkHistory()).toMatchObject({ files: FINE.length, problems: [] });
  });

  test("P17 on another branch, in a tag that no branch has, in a merge's own change, in messages", async () => {
    commit("first");
    git("switch", "--quiet", "-c", "other");
    stage("a.txt", "postgres://app:hunter2secret@db/app");
    commit("other");
    git("switch", "--quiet", "main");
    git("merge", "--quiet", "--no-commit", "--no-ff", "other");
    stage("b.txt", "postgres://app:hunter3secret@db/app");
    commit("merged");
    git("switch", "--quiet", "--detach");
    stage("c.txt", "postgres://app:hunter4secret@db/app");
    commit("tagged");
    git("tag", "-a", "v1", "-m", "see postgres://app:hunter5secret@db/app");
    git("switch", "--quiet", "main");
    commit("the login is postgres://app:hunter6secret@db/app");
    const found = await checkHistory();
    expect(
      "problems" in found ? found.problems.map((each) => each.replace(/ in [0-9a-f]+| [0-9a-f]{12},/, ",")) : found,
    ).toHaveLength(5);
    expect(JSON.stringify(found)).toMatch(/a\.txt.*b\.txt|b\.txt.*a\.txt/);
  });

  test("P17 a client's folder that was there once, and the commit that brought a credential", async () => {
    stage("clients/acme/client.yml", "prefix: acme\n");
    commit();
    git("rm", "--quiet", "-r", "clients/acme");
    stage("a.txt", "postgres://app:hunter2secret@db/app");
    commit();
    const at = git("rev-parse", "--short", "HEAD").trim();
    commit("more");
    expect(await checkHistory()).toMatchObject({
      problems: [
        expect.stringContaining("clients/acme/client.yml"),
        expect.stringMatching(new RegExp(`"a.txt" in ${at}, line 1`)),
      ],
    });
  });

  test("fails closed: where only the newest part of the history is here, it says so", async () => {
    commit("first");
    commit("second");
    const copy = temporaryDirectory();
    execFileSync("git", ["clone", "--quiet", "--depth=1", `file://${root}`, copy], {
      env: { PATH: process.env["PATH"] },
    });
    vi.stubEnv("GIT_DIR", join(copy, ".git"));
    vi.stubEnv("GIT_WORK_TREE", copy);
    expect(await checkHistory()).toMatchObject({ kind: "refused", problems: [expect.stringContaining("--unshallow")] });
  });

  test("a repository without a commit, and no repository", async () => {
    expect(await checkHistory()).toEqual({ kind: "history", commits: 0, files: 0, unread: 0, problems: [] });
    rmSync(join(root, ".git"), { recursive: true });
    expect(await checkHistory()).toMatchObject({ kind: "refused" });
    expect(await checkStaged()).toMatchObject({ kind: "refused" });
  });

  test("P17 as a step of a workflow: status 1 and the lines, and 0 for a clean one", async () => {
    const env = { GIT_DIR: join(root, ".git"), GIT_WORK_TREE: root };
    commit();
    expect(await program(["secret", "check", "--history"], env).ended).toMatchObject({
      status: 0,
      out: "0 versions of files in 1 commits: no credential in them.\n",
    });
    stage("a.txt", "postgres://app:hunter2secret@db/app");
    commit();
    const bad = await program(["secret", "check", "--history", "--json"], env).ended;
    expect(bad.status).toBe(1);
    expect(JSON.parse(bad.out)).toMatchObject({ kind: "history", problems: [expect.stringContaining("a.txt")] });
  });
});
