import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { SENTENCES } from "#gate";
import { ann, approval, b0, H2 } from "../gate/b0.ts";
import { CASES } from "./cases/index.ts";

const folder = mkdtempSync(join(tmpdir(), "countersign-gate-"));
afterAll(() => rmSync(folder, { recursive: true }));

function countersign(args: readonly string[], input: string | Uint8Array = "") {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, "run.ts"), ...args], {
    input,
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  return { status, stdout, stderr };
}
const check = (input: string | Uint8Array, ...args: readonly string[]) =>
  countersign(["gate", "check", "--snapshot", "-", ...args], input);
const answer = z.object({
  decision: z.enum(["pass", "fail", "error"]),
  head_sha: z.string().nullable(),
  reasons: z.array(z.string()),
  counted: z.array(z.unknown()),
  rejected: z.array(z.unknown()),
});
const answers = (stdout: string) =>
  stdout
    .trimEnd()
    .split("\n")
    .map((line) => answer.parse(JSON.parse(line)));

const pass = JSON.stringify(b0({ reviews: [approval(ann)] }));
const fail = JSON.stringify(b0());
const error = JSON.stringify(b0({ incomplete: ["reviews"] }));

describe("gate check decides every case of the table that a document can express", () => {
  const all = check(CASES.map(([, , document]) => JSON.stringify(document)).join("\n"), "--json");
  const verdicts = answers(all.stdout);
  test("one verdict for each line, and the worst status", () => {
    expect([verdicts.length, all.status, all.stderr]).toEqual([CASES.length, 2, ""]);
  });
  test.each(
    CASES.map(([id, sentence, , decision, reason], i) => [`${id} ${sentence}: ${decision} ${reason}`, i] as const),
  )("%s", (_, i) => {
    const [, , , decision, reason] = CASES[i] ?? CASES[0] ?? [];
    expect(verdicts[i]).toMatchObject({ decision, reasons: expect.arrayContaining([reason]) });
  });
  test("only a pass counts as a pass: reasons of a pass are approved or not_production", () => {
    for (const v of verdicts.filter((x) => x.decision === "pass"))
      expect(["approved", "not_production"]).toContain(v.reasons.join());
  });
});

describe("gate check as a command", () => {
  test.each([
    ["pass", pass, 0],
    ["fail", fail, 1],
    ["error", error, 2],
  ])("status of a %s", (decision, document, status) => {
    const { stdout, ...ran } = check(document, "--json");
    expect([ran.status, answers(stdout).map((a) => a.decision)]).toEqual([status, [decision]]);
  });
  test("the output is the document of the design", () => {
    const [first] = answers(check(pass, "--json").stdout);
    expect(first).toMatchObject({
      decision: "pass",
      head_sha: H2,
      reasons: ["approved"],
      counted: [{ user_id: 1, login: "ann" }],
      rejected: [],
    });
  });
  test("a rejected review stands there with its codes", () => {
    const [first] = answers(
      check(JSON.stringify(b0({ reviews: [approval(ann, null, undefined, 77)] })), "--json").stdout,
    );
    expect(first?.rejected).toEqual([
      { review_id: 77, user_id: 1, login: "ann", codes: expect.arrayContaining(["unbound_review"]) },
    ]);
  });
  test("a file, pretty-printed, with a byte order mark", () => {
    const file = join(folder, "pr.json");
    writeFileSync(file, `\uFEFF${JSON.stringify(JSON.parse(pass), null, 2)}\r\n`);
    expect(countersign(["gate", "check", "--snapshot", file]).status).toBe(0);
  });
  test.each([
    [[pass, pass], 0],
    [[pass, fail, pass], 1],
    [[fail, error], 2],
    [[pass, "{broken"], 2],
    [["{broken", pass], 2],
  ])("several documents, one on each line: the worst status (%#)", (documents, status) => {
    const ran = check(documents.join("\n"), "--json");
    expect([ran.status, answers(ran.stdout).length]).toEqual([status, documents.length]);
  });
  test("blank lines and Windows line ends between documents", () => {
    expect(answers(check(`${pass}\r\n\r\n${fail}\r\n`, "--json").stdout).map((a) => a.decision)).toEqual([
      "pass",
      "fail",
    ]);
  });
  test("a newcomer reads what happened and what to do", () => {
    const { stdout } = check(fail);
    expect(stdout).toMatch(/^FAIL {2}acme\/app#1 at 2222222222 into main\n {6}Waiting for a reviewer/);
    expect(stdout).toContain(SENTENCES.no_approval.todo);
  });
});

describe("unusable input gets a plain sentence and status 2", () => {
  test.each<readonly [string, string | Uint8Array, RegExp]>([
    ["empty", "", /The input is empty/],
    ["white space", " \n\n", /The input is empty/],
    ["not JSON", '{\n  "reviews": [\n    oops\n  ]\n}', /line 3, column 5/],
    ["cut off", '{"reviews": [', /line 1, column 14/],
    ["not UTF-8", new Uint8Array([0x7b, 0xff, 0x7d]), /not UTF-8/],
    ["NUL bytes", '{"a":\u0000}', /line 1, column 6/],
    ["a list", "[1]", /one JSON object/],
    ["null", "null", /one JSON object/],
    ["an unknown name in incomplete", JSON.stringify(b0({ incomplete: ["foo"] })), /"foo"/],
  ])("%s", (_, input, sentence) => {
    const ran = check(input);
    expect(ran.stdout + ran.stderr).toMatch(sentence);
    expect(ran.stdout + ran.stderr).not.toMatch(/\n\s+at /);
    expect(ran.status).toBe(2);
  });
  test.each([
    ["no such file", "/does/not/exist.json", /no such file/],
    ["a directory", folder, /directory/],
  ])("%s", (_, file, sentence) => {
    const ran = countersign(["gate", "check", "--snapshot", file]);
    expect([ran.status, ran.stdout]).toEqual([2, ""]);
    expect(ran.stderr).toMatch(sentence);
  });
  test("with --json a program gets an answer too", () => {
    expect(answers(countersign(["gate", "check", "--json", "--snapshot", "/does/not/exist"]).stdout)).toEqual([
      { decision: "error", head_sha: null, reasons: ["undecidable"], counted: [], rejected: [] },
    ]);
  });
  test.each([[["gate", "check"]], [["gate", "chek"]], [["gate", "check", "--snapshot", "-", "--nope"]], [["nothing"]]])(
    "wrong usage is 2, never 1, which would mean `fail`: %j",
    (args) => {
      expect(countersign(args).status).toBe(2);
    },
  );
  test.each([
    ["objects", '{"a":', "}"],
    ["lists", "[", "]"],
  ])("%s nested a million deep, anywhere", (_, open, close) => {
    const deep = `${open.repeat(1_000_000)}1${close.repeat(1_000_000)}`;
    expect(check(deep).status).toBe(2);
    const inside = check(`${pass.slice(0, -1)},"reviews":${deep}}`);
    expect([inside.status, inside.stderr]).toEqual([2, ""]);
  });
  test("30 MB of snapshot is judged", () => {
    const files = Array.from({ length: 2999 }, (_, i) => ({
      filename: `src/f${i}.ts`,
      status: "modified",
      patch: "x".repeat(10_000),
    }));
    expect(check(JSON.stringify(b0({ reviews: [approval(ann)], files }))).status).toBe(0);
  });
  test("escape sequences in names never reach the terminal", () => {
    const evil = { ...ann, login: "ann\u001b[2J\u202e" };
    const { stdout } = check(JSON.stringify(b0({ reviews: [approval(evil)] })));
    expect([stdout.includes("\u001b"), stdout.includes("\u202e"), stdout.includes("ann")]).toEqual([
      false,
      false,
      true,
    ]);
  });
});

describe("gate explain", () => {
  test.each(Object.keys(SENTENCES))("%s has its sentence", (code) => {
    expect(SENTENCES).toHaveProperty(code);
  });
  test("a code: what it means, what to do", () => {
    const ran = countersign(["gate", "explain", "review_rebound"]);
    expect([
      ran.status,
      ran.stdout.includes(SENTENCES.review_rebound.what),
      ran.stdout.includes(SENTENCES.review_rebound.todo),
    ]).toEqual([0, true, true]);
  });
  test("an unknown code", () => {
    expect(countersign(["gate", "explain", "toString"])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("no code"),
    });
  });
  test("without a code, all of them", () => {
    expect(countersign(["gate", "explain"]).stdout.trimEnd().split("\n")).toHaveLength(Object.keys(SENTENCES).length);
  });
  test("a snapshot: why, and status 0, since explaining worked", () => {
    const ran = countersign(["gate", "explain", "--snapshot", "-"], fail);
    expect([ran.status, ran.stdout.includes("(no_approval)")]).toEqual([0, true]);
  });
});

describe("gate replay decides a past decision again", () => {
  const file = join(folder, "record.json");
  test("what check saved gives the same outcome", () => {
    check(CASES.map(([, , document]) => JSON.stringify(document)).join("\n"), "--save-record", file);
    const ran = countersign(["gate", "replay", "--record", file, "--json"]);
    const lines = ran.stdout
      .trimEnd()
      .split("\n")
      .map((line) => z.object({ same: z.boolean() }).parse(JSON.parse(line)).same);
    expect([ran.status, lines.length > 80, new Set(lines)]).toEqual([0, true, new Set([true])]);
  });
  test("an altered record is told apart: status 1", () => {
    check(pass, "--save-record", file);
    const altered = readFileSync(file, "utf8").replace('"decision":"pass"', '"decision":"fail"');
    const ran = countersign(["gate", "replay", "--record", "-"], altered);
    expect([ran.status, ran.stdout.includes("NOT the same")]).toEqual([1, true]);
  });
  test("a record holds no patch, body or message", () => {
    const document = b0({ reviews: [approval(ann)] });
    check(JSON.stringify(document), "--save-record", file);
    expect(readFileSync(file, "utf8")).not.toMatch(/looks good|round half up|@@/);
  });
  test.each([[["--record", "/nope"]], [[]], [["--entry", "x"]], [["--entry", "0198c1d2-7b1e-7c33-a1b2-3c4d5e6f7081"]]])(
    "no record: status 2 and a sentence (%j)",
    (args) => {
      const ran = countersign(["gate", "replay", ...args]);
      expect([ran.status, ran.stderr.length > 10, ran.stderr.includes("    at ")]).toEqual([2, true, false]);
    },
  );
  test("something else than a record: status 2", () => {
    expect(countersign(["gate", "replay", "--record", "-"], pass)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("no record"),
    });
  });
});
