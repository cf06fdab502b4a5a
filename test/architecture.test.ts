import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { LONG_TABLES, MODULE_STATE, ROOMS, SURFACES } from "./architecture/matrix.ts";
import {
  circles,
  importProblems,
  lockProblems,
  processProblems,
  purityProblems,
  roomOf,
  shapeProblems,
  stateProblems,
} from "./architecture/rules.ts";
import { readSources, sourceOf } from "./architecture/source.ts";

const root = join(import.meta.dirname, "..");
const folders = ["src", "test", "scripts", "bench"].filter((folder) => existsSync(join(root, folder)));
const sources = readSources(root, folders);
const rooms = readdirSync(join(root, "src"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  .filter((name) => name !== "main"); // The composition root's parts: they wire everything and decide nothing.

describe("the house as it stands", () => {
  it("the modules were seen, in every room: a check that sees nothing proves nothing", () => {
    expect(sources.length).toBeGreaterThan(50);
    for (const room of rooms) expect(sources.some(({ path }) => roomOf(path) === room)).toBe(true);
    expect(sources.flatMap(({ imports }) => imports).length).toBeGreaterThan(100);
  });

  it("every room is one of the list", () => {
    expect(rooms.filter((room) => ![...ROOMS, ...SURFACES, "main"].some((known) => known === room))).toEqual([]);
  });

  it("imports follow the matrix, through doors", () => {
    expect(sources.flatMap(importProblems)).toEqual([]);
  });

  it("there are no circles", () => {
    expect(circles(sources)).toEqual([]);
  });

  it("only io/ folders, the platform and the surfaces touch the world", () => {
    expect(sources.flatMap(purityProblems)).toEqual([]);
  });

  it("L8 one folder starts processes, and nobody writes a secret into process.env", () => {
    expect(sources.flatMap(processProblems)).toEqual([]);
  });

  it("files are small and named for what they are, types are parsed rather than asserted, no test is switched off", () => {
    expect(sources.flatMap(shapeProblems)).toEqual([]);
    expect(Object.keys(LONG_TABLES).filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it("T2 no module keeps anything between calls, but for what was reviewed", () => {
    expect(sources.flatMap(stateProblems)).toEqual([]);
    const kept = sources.flatMap(({ path, moduleState }) => moduleState.map(({ what }) => `${path} ${what}`));
    expect(
      Object.keys(MODULE_STATE).filter((each) => !kept.includes(each)),
      "reviewed, and gone",
    ).toEqual([]);
  });

  it("D21 every advisory lock has two keys, in the program and in the migrations", () => {
    const files = ["src", "migrations"].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
        .filter((file) => /\.(?:ts|sql)$/.test(file) && !file.startsWith("sqlguard/"))
        .map((file) => join(folder, file)),
    );
    const texts = files.map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
    expect(texts.filter(({ text }) => text.includes("advisory")).length).toBeGreaterThan(2);
    expect(texts.flatMap(({ path, text }) => lockProblems(path, text))).toEqual([]);
  });

  it("every room has its README", () => {
    expect(rooms.filter((room) => room !== "platform" && !existsSync(join(root, "src", room, "README.md")))).toEqual(
      [],
    );
  });

  it("every door of package.json leads somewhere", () => {
    const manifest: unknown = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const doors =
      typeof manifest === "object" && manifest !== null && "imports" in manifest
        ? Object.values(Object(manifest.imports))
        : [];
    expect(doors.length).toBeGreaterThan(5);
    expect(doors.map(String).filter((path) => !path.includes("*") && !existsSync(join(root, path)))).toEqual([]);
  });
});

describe("the checks catch what they are for", () => {
  type Check = (source: ReturnType<typeof sourceOf>) => readonly string[];
  const wrongs: readonly [string, string, string, Check, RegExp][] = [
    ["a room that reaches down", "src/audit/a.ts", `import { decide } from "#gate";`, importProblems, /listed after audit/],
    ["a room that reaches down for a type", "src/audit/a.ts", `import type { Verdict } from "#gate";`, importProblems, /listed after audit/],
    ["a re-export that reaches down", "src/audit/a.ts", `export * from "#gate";`, importProblems, /listed after audit/],
    ["a type that reaches down by import()", "src/audit/a.ts", `export type V = import("#gate").Verdict;`, importProblems, /listed after audit/],
    ["a dynamic import that reaches down", "src/audit/io/a.ts", `const gate = await import("#gate");`, importProblems, /listed after audit/],
    ["a computed import", "src/audit/io/a.ts", `export const load = (name: string) => import(name);`, importProblems, /computed/],
    ["a relative import that leaves its room", "src/gate/a.ts", `import { sha } from "../kernel/brand.ts";`, importProblems, /leaves its room/],
    ["a relative import that leaves from io/", "src/gate/io/a.ts", `import { sha } from "../../kernel/index.ts";`, importProblems, /leaves its room/],
    ["a room that uses a surface", "src/gate/a.ts", `import { routes } from "#github";`, importProblems, /listed after gate/],
    ["a surface that uses a surface", "src/cli/a.ts", `import { world } from "#demo/world";`, importProblems, /is a surface/],
    ["an unknown room", "src/gate/a.ts", `import { x } from "#cellar";`, importProblems, /no room/],
    ["a room through its own door", "src/gate/io/a.ts", `import { decide } from "#gate";`, importProblems, /its own door/],
    ["a pure file that imports its io/", "src/gate/a.ts", `import { load } from "./io/load.ts";`, importProblems, /pure/],
    ["a pure file that imports another's io/", "src/gate/a.ts", `import { append } from "#audit/io";`, importProblems, /pure/],
    ["a pure file that imports the platform", "src/gate/a.ts", `import { pool } from "#platform/postgres";`, importProblems, /pure/],
    ["a pure file that imports node:", "src/gate/a.ts", `import { readFileSync } from "node:fs";`, importProblems, /pure/],
    ["a pure file that imports pg", "src/gate/a.ts", `import type { Pool } from "pg";`, importProblems, /pure/],
    ["a verifier that imports anything", "src/verifier/a.ts", `import { z } from "zod";`, importProblems, /nothing at all/],
    ["a clock", "src/gate/a.ts", `export const now = () => Date.now();`, purityProblems, /Date\.now/],
    ["a clock in other words", "src/gate/a.ts", `export const now = () => Date["now"]();`, purityProblems, /Date\.now/],
    ["a clock by new Date()", "src/gate/a.ts", `export const now = () => new Date();`, purityProblems, /new Date/],
    ["a dice", "src/gate/a.ts", `export const dice = () => Math.random();`, purityProblems, /Math\.random/],
    ["a call to the world", "src/gate/a.ts", `export const get = () => fetch("https://x");`, purityProblems, /fetch/],
    ["the environment", "src/gate/a.ts", `export const env = process.env["X"];`, purityProblems, /process/],
    ["a print", "src/gate/a.ts", `console.log(1);`, purityProblems, /console/],
    ["the world by its object", "src/gate/a.ts", `globalThis["fetch"]("x");`, purityProblems, /globalThis/],
    ["a timer", "src/gate/a.ts", `setTimeout(() => {}, 1);`, purityProblems, /setTimeout/],
    ["an assertion", "src/gate/a.ts", `export const x = JSON.parse("1") as number;`, shapeProblems, /asserts/],
    ["an assertion in angle brackets", "src/gate/a.ts", `export const x = <number>JSON.parse("1");`, shapeProblems, /asserts/],
    ["a non-null assertion", "test/gate/a.ts", `export const x = [1][0]!;`, shapeProblems, /asserts/],
    ["a long file", "src/gate/a.ts", "export {};\n".repeat(301), shapeProblems, /301 lines/],
    ["an empty name", "src/gate/string-utils.ts", "", shapeProblems, /names nothing/],
    ["an empty folder name", "src/gate/common/a.ts", "", shapeProblems, /names nothing/],
    ["a skipped test", "test/gate/a.test.ts", `it.skip("x", () => {});`, shapeProblems, /switches a test off/],
    ["a focused table", "test/gate/a.test.ts", `describe.only.each([1])("x", () => {});`, shapeProblems, /switches a test off/],
    ["a planned test", "test/gate/a.test.ts", `test.todo("x");`, shapeProblems, /switches a test off/],
    ["a child of one's own", "src/gate/io/a.ts", `import { spawn } from "node:child_process";`, processProblems, /starts processes itself/],
    ["a child by a dynamic import", "src/main/a.ts", `const { fork } = await import("child_process");`, processProblems, /starts processes itself/],
    ["a reader of the environment", "src/main/a.ts", `export const x = process.env["X"];`, processProblems, /touches process.env/],
    ["a secret in the environment", "src/main.ts", `process.env["X"] = "y";`, processProblems, /writes into process.env/],
    ["secrets in the environment", "src/main.ts", `Object.assign(process.env, { X: "y" });`, processProblems, /writes into process.env/],
    ["a cache of a module", "src/gate/io/a.ts", `const kept = new Map<string, string>();`, stateProblems, /keeps kept between calls/],
    ["a cache of a module that is weak", "src/gate/io/a.ts", `export const kept = new WeakMap();`, stateProblems, /keeps kept/],
    ["a list of a module", "src/gate/io/a.ts", `const seen: string[] = [];`, stateProblems, /keeps seen/],
    ["an object of a module", "src/gate/io/a.ts", `const seen: Record<string, string> = {};`, stateProblems, /keeps seen/],
    ["a table that is written to", "src/gate/io/a.ts", `const t = new Set(["a"]); export const f = (x: string) => t.add(x);`, stateProblems, /keeps t/],
    ["a table that is written to by index", "src/gate/io/a.ts", `const t: Record<string, number> = { a: 1 }; export const f = (x: string) => { t[x] = 2; };`, stateProblems, /keeps t/],
    ["a variable of a module", "src/gate/io/a.ts", `let last = "";`, stateProblems, /keeps last/],
    ["an advisory lock by one number", "src/gate/io/a.ts", "sql`select pg_advisory_xact_lock(hashtext(${a}))`", (source) => lockProblems(source.path, "select pg_try_advisory_lock(hashtext(concat('a', 'b')))"), /one number/],
    ["a default export", "src/gate/a.ts", `export default 1;`, shapeProblems, /default export/],
  ]; // prettier-ignore
  it.each(wrongs)("%s", (_, path, text, check, message) => {
    expect(check(sourceOf(path, text)).join("\n")).toMatch(message);
  });

  const rights: readonly [string, string, string][] = [
    ["rooms above, through doors", "src/gate/a.ts", `import { sha } from "#kernel"; import type { Tx } from "#platform/postgres"; import { z } from "zod";`],
    ["io/ may touch the world", "src/gate/io/a.ts", `import { append } from "#audit/io"; import { x } from "../a.ts"; export const now = () => Date.now();`],
    ["a surface uses rooms", "src/github/a.ts", `import { x } from "#gate/io"; import { createHash } from "node:crypto"; console.log(process.pid);`],
    ["a port named like a global", "src/gate/a.ts", `export const load = (fetch: () => number) => fetch();`],
    ["a field named like a global", "src/gate/a.ts", `export const f = (run: { process: number }) => run.process + { console: 1 }.console;`],
    ["a date from a value", "src/gate/a.ts", `export const iso = (ms: number) => new Date(ms).toISOString() + Math.max(1, 2);`],
    ["tables of a module", "src/gate/a.ts", `export const A = new Set(["a"]); const B = { a: 1 } as const; export const f = () => { const own = new Map<string, number>(); own.set("a", B.a); return [...A, ...own]; };`],
    ["as const", "src/gate/a.ts", `export const x = ["a"] as const; export const y = { a: 1 } satisfies { a: number };`],
    ["as, where brands are given", "src/kernel/brand.ts", `export const x = 1 as number;`],
    ["a test that needs a tool", "test/e2e/a.test.ts", `describe.skipIf(true)("skipped: needs chromium", () => {});`],
  ]; // prettier-ignore
  it.each(rights)("not caught: %s", (_, path, text) => {
    const source = sourceOf(path, text);
    expect([
      ...importProblems(source),
      ...processProblems(source),
      ...purityProblems(source),
      ...shapeProblems(source),
    ]).toEqual([]);
  });

  it("a circle of three, one link of it only a type", () => {
    const three = [
      sourceOf("src/gate/a.ts", `import { b } from "./b.ts";`),
      sourceOf("src/gate/b.ts", `export * from "./c.ts";`),
      sourceOf("src/gate/c.ts", `import type { A } from "./a.ts";`),
    ];
    expect(circles(three)).toEqual(["src/gate/a.ts -> src/gate/b.ts -> src/gate/c.ts -> src/gate/a.ts"]);
    expect(circles(three.slice(0, 2))).toEqual([]);
  });
});
