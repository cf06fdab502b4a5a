// A hostile agent wants a destructive migration through the gate without anybody looking at it.

import { describe, expect, it } from "vitest";
import { acts, binary, executable, submodule, symbolicLink } from "#demo/world";
import { stage } from "../gate/io/support/stage.ts";
import type { Stage } from "../gate/io/support/stage.ts";

const DROP = "DROP TABLE customers;\n";
const QUIET = "CREATE TABLE t ();\n";
const ASKS = 'migrations:\n  step_up: failures\n  match: ["sql/changes/**"]\n';
const ALL = "migrations:\n  step_up: findings\n";
const utf8 = (text: string, ...first: readonly number[]): string =>
  binary(Buffer.from([...first, ...Buffer.from(text)]));
const utf16 = (text: string, ...first: readonly number[]): string =>
  binary(Buffer.concat([Buffer.from(first), Buffer.from(text, "utf16le")]));

type Files = Readonly<Record<string, string | null>>;

const head = (s: Stage): string => s.world.repositories.values().next().value?.pulls.get(s.number)?.headSha ?? "";
const summary = (s: Stage): string => s.check(head(s))?.output.summary ?? "";

async function push(s: Stage, files: Files): Promise<void> {
  acts.push(s.world, { repo: s.repo, branch: "feature", by: "agent[bot]", files, message: "Tidy" });
  await s.settle();
  s.clock.advance(60_000);
}

async function approved(s: Stage): Promise<readonly string[]> {
  acts.approve(s.world, { repo: s.repo, number: s.number, by: "ann" });
  await s.settle();
  return s.reasons();
}

async function attack(files: Files, { policy = ASKS, before = {} }: { policy?: string; before?: Readonly<Record<string, string>> } = {}) {
  const s = await stage({ files: { "README.md": "x\n", "src/harmless.sql": "SELECT 1;\n", ".github/merge-gate.yml": policy, ...before } });
  await push(s, files);
  return { s, reasons: await approved(s) };
} // prettier-ignore

const NONE: Readonly<Record<string, string>> = {};

describe("fail closed: what is no file of SQL that can be read asks for the button, and is said", () => {
  it.each<readonly [string, Files, string, Readonly<Record<string, string>>]>([
    ["a link to what is harmless today", { "db/migrations/2.sql": symbolicLink("../../src/harmless.sql") }, "symbolic link", NONE],
    ["a file that becomes a link", { "db/migrations/1.sql": symbolicLink("../../src/harmless.sql") }, "symbolic link", { "db/migrations/1.sql": QUIET }],
    ["a folder that is a link to another", { "db/migrations": symbolicLink("../src/made"), "src/made/1.sql": DROP }, "symbolic link", NONE],
    ["a link further down, named as words are", { "db/migrations/notes.md": symbolicLink("../../src"), "src/1.sql": DROP }, "symbolic link", NONE],
    ["a link above the folder that the policy names", { sql: symbolicLink("src"), "src/changes/1.sql": DROP }, "symbolic link", NONE],
    ["a submodule in the folder's place", { "db/migrations": submodule("c".repeat(40)) }, "submodule", NONE],
    ["a submodule in a file's place", { "db/migrations/2.sql": submodule("c".repeat(40)) }, "submodule", NONE],
    ["a program", { "db/migrations/2.js": "exports.up = (k) => k.dropTable('customers');\n" }, "it is not SQL", NONE],
    ["a list of changes", { "db/migrations/changes.xml": "<dropTable/>\n" }, "it is not SQL", NONE],
    ["packed", { "db/migrations/2.sql.gz": binary(Buffer.from([0x1f, 0x8b, 8, 0])) }, "it is not SQL", NONE],
    ["UTF-16 with its mark", { "db/migrations/2.sql": utf16(DROP, 0xff, 0xfe) }, "it is not UTF", NONE],
    ["UTF-16 without", { "db/migrations/2.sql": utf16(DROP) }, "holds a NUL", NONE],
    ["bytes that are no text", { "db/migrations/2.sql": utf8(DROP, 0x2d, 0x2d, 0xe9, 0x0a) }, "it is not UTF", NONE],
    ["behind a NUL", { "db/migrations/2.sql": utf8(DROP, 0x3b, 0) }, "holds a NUL", NONE],
    ["behind a second byte order mark", { "db/migrations/2.sql": utf8(DROP, 0xef, 0xbb, 0xbf, 0xef, 0xbb, 0xbf) }, "grammar does not accept", NONE],
    ["kept in another place by git-lfs", { "db/migrations/2.sql": "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n" }, "grammar does not accept", NONE],
    ["brought in by psql", { "db/migrations/2.sql": "\\i ../../src/made.sql\n" }, "grammar does not accept", NONE],
    ["too large", { "db/migrations/2.sql": `-- ${"x".repeat(600 * 1024)}\n${DROP}` }, "larger than 512 KiB", NONE],
  ])("%s", async (_, files, says, before) => {
    const { s, reasons } = await attack(files, { before });
    expect(reasons).toEqual(["step_up_missing"]);
    expect(summary(s)).toContain(says);
  }); // prettier-ignore
});

describe("a destructive statement is found wherever the file came from and however it is called", () => {
  it.each<readonly [string, Files, Readonly<Record<string, string>>]>([
    ["in capitals", { "DB/Migrations/2.SQL": DROP }, NONE],
    ["in the policy's folder, in capitals", { "SQL/changes/2": DROP }, NONE],
    ["behind a byte order mark", { "db/migrations/2.sql": utf8(DROP, 0xef, 0xbb, 0xbf) }, NONE],
    ["as an executable", { "db/migrations/2.sql": executable(DROP) }, NONE],
    ["moved in from where nobody looks", { "src/old.txt": null, "db/migrations/2.sql": DROP }, { "src/old.txt": DROP }],
    ["moved out", { "db/migrations/1.sql": null, "src/old.txt": DROP }, { "db/migrations/1.sql": DROP }],
    ["moved out, as words", { "db/migrations/1.sql": null, "db/migrations/1.md": DROP }, { "db/migrations/1.sql": DROP }],
  ])("%s", async (_, files, before) => {
    const { s, reasons } = await attack(files, { before });
    expect(reasons).toEqual(["step_up_missing"]);
    expect(s.check(head(s))?.output.annotations).toMatchObject([
      { annotation_level: "failure", message: "DROP TABLE: It is gone with its data." },
      ...("db/migrations/1.sql" in before ? [{ annotation_level: "warning", message: expect.stringContaining("had another name") }] : []),
    ]);
  }); // prettier-ignore

  it.each<readonly [string, Files, string]>([
    ["a new number, by which it runs again", { "db/migrations/1.sql": null, "db/migrations/9.sql": QUIET }, "had another name"],
    ["a new mode", { "db/migrations/1.sql": executable(QUIET) }, "is there already"],
    ["no file any more", { "db/migrations/1.sql": null }, "is removed"],
  ])("what is done to a migration that was there is a finding itself: %s", async (_, files, says) => {
    const { s, reasons } = await attack(files, { policy: ALL, before: { "db/migrations/1.sql": QUIET } });
    expect(reasons).toEqual(["step_up_missing"]);
    expect(summary(s)).toContain(says);
  }); // prettier-ignore

  it.each<readonly [string, Files]>([
    ["words about migrations", { "db/migrations/README.md": "How to\n", "db/migrations/.gitkeep": "" }],
    ["a link elsewhere", { "src/link": symbolicLink("index.ts") }],
    ["a migration that loses nothing", { "db/migrations/2.sql": QUIET }],
  ])("%s ask for nothing", async (_, files) => {
    const { reasons } = await attack(files, { policy: ALL });
    expect(reasons).toEqual(["approved"]);
  });
});

describe("the gate's memory and rules are not the agent's", () => {
  it("what was read of an earlier commit says nothing of a later one", async () => {
    const s = await stage({ files: { "README.md": "x\n", ".github/merge-gate.yml": ASKS } });
    await push(s, { "db/migrations/2.sql": QUIET });
    expect(await approved(s)).toEqual(["approved"]);
    await push(s, { "db/migrations/2.sql": DROP });
    expect(await approved(s)).toEqual(["step_up_missing"]);
  });

  it("what was read for one base says nothing of another: there the same commit rewrites a file", async () => {
    const policy = `production_branches: [stable]\n${ALL}`;
    const s = await stage({ files: { "README.md": "x\n", ".github/merge-gate.yml": policy } });
    await push(s, { "db/migrations/2.sql": "SELECT 1;\n" });
    acts.pushTo(s.world, { repo: s.repo, branch: "stable", by: "adm", to: head(s) });
    await push(s, { "db/migrations/2.sql": QUIET });
    expect(summary(s)).not.toContain("Schema changes");
    const other = acts.openPullRequest(s.world, { repo: s.repo, by: "agent[bot]", head: "feature", base: "stable", title: "Again" });
    await s.settle();
    acts.approve(s.world, { repo: s.repo, number: other, by: "ann" });
    await s.settle();
    expect(await s.reasons(other)).toContain("step_up_missing");
  }); // prettier-ignore

  it("a policy weakened in the same pull request is not yet the policy, and asks its owner", async () => {
    const { reasons } = await attack({
      "db/migrations/2.sql": DROP,
      ".github/merge-gate.yml": "migrations:\n  step_up: never\n  dialect: other\n",
    });
    expect(reasons).toEqual(expect.arrayContaining(["step_up_missing", "missing_policy_owner"]));
  });
});

describe("neither names nor numbers keep the check from being written", () => {
  const NAMES = [
    "db/migrations/\n# Passed\n[x](http:evil).sql",
    "db/migrations/`@ann` <img src=x>|\u202e\u001b[2J\u0007.sql",
    `db/migrations/${"n".repeat(4000)}.sql`,
    "db/migrations/%2e%2e?ref=main#x.sql",
    "db/migrations/\\..\\x.sql",
    "db/migrations/é\u0301\u{1f4a3}.sql",
  ];

  it("each is read under its own name, and brings nothing into the text", async () => {
    const { s, reasons } = await attack(Object.fromEntries(NAMES.map((name) => [name, DROP])));
    expect(reasons).toEqual(["step_up_missing"]);
    const { output } = s.check(head(s)) ?? expect.unreachable();
    expect(output.annotations.map((each) => each.path).toSorted()).toEqual(NAMES.toSorted());
    expect(new Set(output.annotations.map((each) => each.message))).toEqual(new Set(["DROP TABLE: It is gone with its data."]));
    expect(output.summary).not.toMatch(/^# Passed|[\u001b\u0007\u202e]/m);
  }); // prettier-ignore

  it("of hundreds, some are read, and all the others are said not to be", async () => {
    const files = Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`db/migrations/${1000 + i}.sql`, i === 599 ? DROP : `${QUIET}-- ${i}\n`]));
    const { s, reasons } = await attack(files);
    expect(reasons).toEqual(["step_up_missing"]);
    expect(s.world.journal.of("GET /repos/{owner}/{repo}/git/blobs/{file_sha}")).toHaveLength(20);
    expect(summary(s)).toContain("only the first 20 migration files are read");
    expect(summary(s)).toContain("and 480 more");
  }); // prettier-ignore

  it("of too many for any list, none passes", async () => {
    const files = Object.fromEntries(Array.from({ length: 3001 }, (_, i) => [`a/${i}.txt`, `${i}\n`]));
    const { reasons } = await attack({ ...files, "z/migrations/1.sql": DROP });
    expect(reasons).toContain("too_many_files");
  });
});
