import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { decide, parseSnapshot } from "#gate";

const root = join(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const documents = [
  "*.md",
  "docs/**/*.md",
  "src/**/*.md",
  "clients/example/*.md",
  "policies/**/*.md",
  "bench/*.md",
].flatMap((pattern) => globSync(pattern, { cwd: root }));

/** Targets of [text](target) outside code blocks. */
function links(path: string): readonly string[] {
  const prose = read(path).replaceAll(/^```[\s\S]*?^```/gm, "");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
}

describe("documents stay true", () => {
  it("there are some, with links", () => {
    expect(documents.length).toBeGreaterThan(15);
    expect(documents.flatMap(links).length).toBeGreaterThan(60);
  });

  it("every relative link leads to a file", () => {
    const broken = documents.flatMap((path) =>
      links(path)
        .filter((target) => !/^(?:https?:|#)/.test(target))
        .filter((target) => !existsSync(join(root, dirname(path), target.replace(/#.*$/, ""))))
        .map((target) => `${path}: ${target}`),
    );
    expect(broken).toEqual([]);
  });

  it("every npm script they name exists", () => {
    const { scripts } = z.object({ scripts: z.record(z.string(), z.string()) }).parse(JSON.parse(read("package.json")));
    const named = documents.flatMap((path) =>
      [...read(path).matchAll(/npm (?:run ([a-z]+)|(start|test)\b)/g)].map(([, a, b]) => a ?? b ?? ""),
    );
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  });

  it("every migration, script and source file they name in code exists", () => {
    const broken = documents.flatMap((path) =>
      [...read(path).matchAll(/`((?:src|test|scripts|migrations|docs|bin)\/[\w./-]+\.\w+)`/g)]
        .map(([, target = ""]) => target)
        .filter((target) => !target.includes("NNNN") && !existsSync(join(root, target)))
        .map((target) => `${path}: ${target}`),
    );
    expect(broken).toEqual([]);
  });

  it("docs/errors.md has a row for every fault code, and no other", () => {
    const union = /export type FaultCode =([^;]+);/.exec(read("src/kernel/fault.ts"))?.[1] ?? "";
    const codes = [...union.matchAll(/"([a-z_]+)"/g)].map(([, code]) => code);
    const rows = [...read("docs/errors.md").matchAll(/^\| `([a-z_]+)` \| [^|]+ \| [^|]+ \|$/gm)].map(
      ([, code]) => code,
    );
    expect(codes.length).toBeGreaterThan(5);
    expect(rows).toEqual(codes);
  });

  it("docs/decisions/ lists every decision, numbered without gaps", () => {
    const files = globSync("docs/decisions/[0-9]*.md", { cwd: root }).toSorted();
    expect(files.map((path) => Number(/\d{4}/.exec(path)?.[0]))).toEqual(files.map((_, index) => index));
    for (const path of files) expect(read("docs/decisions/README.md")).toContain(path.replace("docs/decisions/", ""));
  });

  it("ARCHITECTURE.md has a row for every room there is", () => {
    const rooms = globSync("src/*/", { cwd: root }).map((path) => path.replace("src/", "").replace(/\/$/, ""));
    const page = read("ARCHITECTURE.md");
    expect(rooms.length).toBeGreaterThan(5);
    expect(rooms.filter((room) => room !== "main" && !page.includes(`| \`${room}\` |`))).toEqual([]);
  });

  it("SECURITY.md and the glossary's guarantees agree: every number it cites exists", () => {
    const known = [...read("docs/guarantees.md").matchAll(/^### ([A-Z]\d+)$/gm)].map(([, id]) => id);
    const cited = ["SECURITY.md", "SECURITY-TODOS.md"].flatMap((path) =>
      [...read(path).matchAll(/\b([GXTASR]\d{1,2})\b/g)].map(([, id]) => id),
    );
    expect(cited.length).toBeGreaterThan(10);
    expect(cited.filter((id) => !known.includes(id))).toEqual([]);
  });

  const examples: readonly [string, string, readonly string[]][] = [
    ["approved", "pass", ["approved"]],
    ["stale-approval", "fail", ["stale_sha"]],
  ];
  it.each(examples)("docs/examples/%s.json gets the verdict that the README shows", (name, decision, reasons) => {
    const snapshot = parseSnapshot(JSON.parse(read(`docs/examples/${name}.json`)));
    const verdict =
      snapshot.kind === "unusable" ? { decision: "unusable", reasons: snapshot.problems } : decide(snapshot.facts);
    expect([verdict.decision, verdict.reasons]).toEqual([decision, reasons]);
  });

  it("nothing that is committed names a folder of the machine it was written on", () => {
    const text = documents.map(read).join("\n");
    expect(text).not.toMatch(/\/(?:home|Users|work|root|tmp)\/[a-z]/);
  });
});
