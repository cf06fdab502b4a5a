// The operator's commands about the log: what they print, and with which status they end.

import { describe, expect, it } from "vitest";
import {
  auditKey,
  fingerprint,
  holds,
  retention,
  type CompareAnswer,
  type GuardAnswer,
  type HoldAnswer,
  type RetentionAnswer,
} from "#cli";
import { ranWith } from "./terminal.ts";

const NONE = { kind: "refused", problems: ["No demo is running here."] } as const;

describe("countersign audit compare", () => {
  const same: CompareAnswer = { kind: "compared", logs: 3, tiles: 5, differences: [], ahead: [], gaps: [] };
  const compare = (answer: CompareAnswer, ...more: readonly string[]) =>
    ranWith(retention({ retire: async () => NONE, compare: async () => answer }), [
      "audit",
      "compare",
      "--worm",
      "copy",
      ...more,
    ]);

  it("the same: status 0", async () => {
    expect(await compare(same)).toEqual({
      out: ["The copy and the database agree: 5 tiles of 3 logs."],
      err: [],
      status: 0,
    });
  });

  it("different: each file and each log by name, and the sum in numbers that add up: status 1", async () => {
    const ran = await compare({
      ...same,
      tiles: 1,
      differences: [
        { path: "t/a/tile/0/000", what: "differs" },
        { path: "t/b/checkpoint", what: "missing" },
      ],
      ahead: [{ log: "c", copied: 40, here: 0 }],
    });
    expect(ran.out).toEqual([
      "t/a/tile/0/000  differs",
      "t/b/checkpoint  missing",
      "t/c  the copy has 40 entries, the database 0: the database lost some",
      "Not the same, with 1 tiles compared: 2 files differ or are missing, 1 logs have more in the copy, 0 things do not add up in the database.",
    ]);
    expect(ran.status).toBe(1);
  });

  it("not possible: status 2, on the other stream, and as JSON on this one", async () => {
    expect(await compare(NONE)).toEqual({ out: [], err: NONE.problems, status: 2 });
    expect(await compare(NONE, "--json")).toEqual({ out: [JSON.stringify(NONE)], err: [], status: 2 });
  });
});

describe("countersign audit retention", () => {
  const retire = (answer: RetentionAnswer, ...more: readonly string[]) =>
    ranWith(retention({ retire: async () => answer, compare: async () => NONE }), [
      "audit",
      "retention",
      "--worm",
      "copy",
      ...more,
    ]);
  const months: RetentionAnswer = {
    kind: "months",
    months: [
      { kind: "would_drop", month: "2025-01", entries: 7, bodies: 9 },
      { kind: "kept", month: "2025-02", why: ["a tile is missing in the copy"] },
    ],
  };

  it("says what would go, and why a month was kept: status 1", async () => {
    expect(await retire(months, "--dry-run")).toEqual({
      out: [
        "2025-01  would be dropped: 7 entries, 9 parts of bodies",
        "2025-02  kept",
        "           a tile is missing in the copy",
      ],
      err: [],
      status: 1,
    });
  });

  it.each(["x", "5", "-1", "6.5"])("fails closed on --months %s: nothing is looked at", async (text) => {
    const ran = await retire(months, `--months=${text}`);
    expect(ran).toMatchObject({ out: [], status: 2 });
    expect(ran.err.join()).toContain("--months is a whole number, at least 6.");
  });

  it("nothing to do is said, with status 0", async () => {
    expect(await retire({ kind: "months", months: [] })).toEqual({
      out: ["No month is old enough."],
      err: [],
      status: 0,
    });
  });
});

describe("countersign audit hold and forget-subject", () => {
  const run = (answer: HoldAnswer, ...argv: readonly string[]) => {
    const ask = async (): Promise<HoldAnswer> => answer;
    return ranWith(holds({ set: ask, lift: ask, list: ask, forget: ask }), ["audit", ...argv]);
  };
  const done: HoldAnswer = { kind: "done", said: "Hold 1 is on acme." };

  it("says what it did", async () => {
    expect(await run(done, "hold", "set", "acme", "--reason", "case 12")).toEqual({
      out: ["Hold 1 is on acme."],
      err: [],
      status: 0,
    });
  });

  it.each([["   "], ["x".repeat(501)]])("fails closed without a reason that says something", async (reason) => {
    const ran = await run(done, "hold", "set", "acme", "--reason", reason);
    expect(ran).toMatchObject({ out: [], status: 1 });
    expect(ran.err.join()).toContain("--reason takes 1 to 500 characters");
  });

  it("lists holds with their state, and says when there is none", async () => {
    const list: HoldAnswer = { kind: "holds", holds: [{ hold: "h1", since: "then", lifted: null }] };
    expect((await run(list, "hold", "list", "acme")).out).toEqual(["h1  since then  in force"]);
    expect((await run({ kind: "holds", holds: [] }, "hold", "list", "acme")).out).toEqual([
      "There is no hold on this tenant.",
    ]);
  });

  it("forget-subject takes a tenant and a person: one alone is wrong usage, status 2", async () => {
    expect((await run(done, "forget-subject", "acme")).status).toBe(2);
    expect((await run(NONE, "forget-subject", "acme", "github:7")).err).toEqual(NONE.problems);
  });
});

describe("countersign audit fingerprint and key", () => {
  const read = {
    kind: "read",
    fingerprint: "ab",
    expected: { fingerprint: "ab", reason: "migrate", at: "then" },
    drift: [],
    refusing: true,
  } satisfies GuardAnswer;
  const ask = (answer: GuardAnswer, ...more: readonly string[]) =>
    ranWith(
      fingerprint(async () => answer),
      ["audit", "fingerprint", ...more],
    );

  it("the same is status 0, drift 1 with what to do, unreadable 2", async () => {
    expect((await ask(read)).status).toBe(0);
    const drifted = await ask({ ...read, drift: ["- audit.entry trigger"] });
    expect(drifted.status).toBe(1);
    expect(drifted.out.at(-1)).toContain("accept it: --accept REASON");
    expect(await ask({ ...NONE, kind: "unreadable" })).toEqual({ out: [], err: NONE.problems, status: 2 });
  });

  it("a refused key is an answer as JSON, too", async () => {
    const ports = { show: async () => NONE, rotate: async () => NONE };
    expect(await ranWith(auditKey(ports), ["audit", "key", "show", "--json"])).toEqual({
      out: [JSON.stringify(NONE)],
      err: [],
      status: 2,
    });
    expect(await ranWith(auditKey(ports), ["audit", "key", "rotate"])).toEqual({
      out: [],
      err: NONE.problems,
      status: 2,
    });
  });
});
