import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { EntryFilter } from "#audit";
import type { ShownEntry } from "#audit/io";
import { audit, type AuditPorts, type TenantLog } from "#cli";
import { entryId, instantOfMillis, type EntryId } from "#kernel";
import { csvCell, printable, printableJson } from "../../src/cli/audit/printable.ts";
import { ranWith } from "./terminal.ts";

function id(n: number): EntryId {
  const found = entryId(`01a1fec5-0000-7000-8000-${String(n).padStart(12, "0")}`);
  if (found === null) throw new Error("no id");
  return found;
}
const entry = (n: number, over: Partial<ShownEntry> = {}): ShownEntry => ({
  id: id(n),
  at: instantOfMillis(Date.UTC(2026, 10, 21, 12, 0, n)),
  kind: "gate.verdict",
  outcome: "success",
  intent: null,
  leafHash: "ab".repeat(32),
  index: n,
  bodyBytes: 10,
  op: open({ payload: { n } }),
  personal: null,
  ...over,
});
const open = (over: object): ShownEntry["op"] => ({
  kind: "open",
  value: {
    initiator: { type: "human", id: "7" },
    target: { type: "pull_request", id: "77#12" },
    requestId: "r1",
    ...over,
  },
  bytes: new Uint8Array(),
});

interface Asked {
  readonly filter: EntryFilter;
  readonly limit?: number;
}

/** Entries by index; `later` are sequenced between one question and the next. */
function ports(
  entries: readonly ShownEntry[],
  later: readonly (readonly ShownEntry[])[] = [],
): { readonly ports: AuditPorts; readonly asked: Asked[] } {
  const there = [...entries];
  const coming = [...later];
  const asked: Asked[] = [];
  const log: TenantLog = {
    prefix: "acme",
    async page({ filter, cursor, limit }) {
      asked.push({ filter, limit });
      const before = cursor.order === "newest" ? cursor.before : null;
      const rest = there.toReversed().filter((each) => before === null || each.id < before);
      const shown = rest.slice(0, limit);
      const last = shown.at(-1);
      return {
        entries: shown,
        next: rest.length > limit && last !== undefined ? { order: "newest", before: last.id } : null,
      };
    },
    async news({ filter, from }) {
      asked.push({ filter });
      const placed = there.filter(({ index }) => index !== null && index >= from);
      return { entries: placed, next: null, size: there.filter(({ index }) => index !== null).length };
    },
    size: async () => there.filter(({ index }) => index !== null).length,
    entry: async (wanted) => there.find((each) => each.id === wanted) ?? null,
    prove: async (wanted) =>
      there.some((each) => each.id === wanted) ? { kind: "pending", index: 4 } : { kind: "no_such_entry" },
    checkpoint: async () => null,
  };
  return {
    asked,
    ports: {
      withLog: async (tenant, work) => {
        if (tenant !== null && tenant !== "acme")
          return {
            kind: "refused",
            problems: ["There is no active tenant of that name. Tenants: acme. The platform's own log: platformlog."],
          };
        await work(log);
        return { kind: "done" };
      },
      withEntry: async (_id, _tenant, work) => {
        await work(log);
        return { kind: "done" };
      },
      epochCheckpoint: async () => ({ note: "log.example/epochs\n1\nAAAA\n\n— log.example/epochs BBBB\n" }),
      exportTo: async () => ({ kind: "refused", problems: ["There is no checkpoint yet."] }),
      reindex: async () => ({ kind: "reindexed", entries: 5, closed: 1 }),
      now: () => instantOfMillis(Date.UTC(2026, 10, 21, 13)),
      heard: () => true,
      wait: async () => {
        const next = coming.shift();
        for (const each of next ?? []) {
          const at = there.findIndex((known) => known.id === each.id);
          if (at === -1) there.push(each);
          else there[at] = each;
        }
        return next !== undefined;
      },
    },
  };
}
const ran = (given: AuditPorts, ...argv: readonly string[]) => ranWith(audit(given), ["audit", ...argv]);
const many = (count: number): readonly ShownEntry[] => Array.from({ length: count }, (_, n) => entry(n));

describe("audit log", () => {
  it("prints when, what, with what outcome, who, on what; newest first", async () => {
    const { out, status } = await ran(ports(many(3)).ports, "log", "--limit", "2");
    expect(out).toEqual([
      `2026-11-21 12:00:02.000Z  gate.verdict            success       human:7 -> pull_request:77#12  ${id(2)}`,
      `2026-11-21 12:00:01.000Z  gate.verdict            success       human:7 -> pull_request:77#12  ${id(1)}`,
    ]);
    expect(status).toBe(0);
  });

  it("asks page by page, and for no more than it shows", async () => {
    const given = ports(many(450));
    const { out } = await ran(given.ports, "log", "--limit", "401");
    expect(out).toHaveLength(401);
    expect(given.asked.map(({ limit }) => limit)).toEqual([200, 200, 1]);
  });

  it("hands on every filter", async () => {
    const given = ports([]);
    const filters = [
      "--kind",
      "gate.verdict,gate.merge",
      "--kind",
      "gate.revert",
      "--outcome",
      "refused",
      "--since",
      "24h",
    ];
    await ran(given.ports, "log", ...filters, "--actor", "human:7", "--target", "77", "--request", "r1");
    expect(given.asked[0]?.filter).toEqual({
      kinds: ["gate.verdict", "gate.merge", "gate.revert"],
      outcomes: ["refused"],
      since: Date.UTC(2026, 10, 20, 13),
      until: null,
      actor: "human:7",
      target: "77",
      request: "r1",
    });
  });

  it("--json prints one document for each entry", async () => {
    const { out } = await ran(ports([entry(1, { op: { kind: "erased" } })]).ports, "log", "--json");
    expect(z.looseObject({}).parse(JSON.parse(out[0] ?? ""))).toMatchObject({
      id: id(1),
      index: 1,
      body: { state: "erased" },
    });
  });

  it.each<[string, ShownEntry["op"], string]>([
    ["missing", { kind: "missing" }, "MISSING"],
    ["tampered with", { kind: "tampered", why: "it does not open" }, "TAMPERED: it does not open"],
  ])("a body that is %s is said aloud, with the next step, and status 1", async (_what, op, text) => {
    const { out, err, status } = await ran(ports([entry(1, { op })]).ports, "log");
    expect(out[0]).toContain(text);
    expect(err.join()).toContain("countersign audit verify --tenant acme");
    expect(status).toBe(1);
  });

  it("an erased body is no alarm", async () => {
    const { status, err } = await ran(ports([entry(1, { op: { kind: "erased" } })]).ports, "log");
    expect([status, err]).toEqual([0, []]);
  });

  it.each<[string, readonly string[], string]>([
    ["a limit that is none", ["--limit", "many"], "--limit takes a number"],
    ["a limit of nothing", ["--limit", "0"], "--limit takes a number"],
    ["a kind that is none", ["--kind", "gate.verdcit"], "There is no kind"],
    ["two formats", ["--json", "--csv"], "not both"],
    ["another tenant", ["--tenant", "globex"], "There is no active tenant"],
    ["an option that is none", ["--sinec", "1h"], "unknown option"],
  ])("%s: a sentence and status 2", async (_what, argv, text) => {
    const { err, out, status } = await ran(ports(many(1)).ports, "log", ...argv);
    expect([err.join(), out, status]).toEqual([expect.stringContaining(text), [], 2]);
  });

  it("nothing found: says so, and what to widen", async () => {
    expect((await ran(ports([]).ports, "log")).err.join()).toContain("No entry matches");
  });
});

describe("audit log --follow", () => {
  it("shows the last ones, then each new one once, oldest first", async () => {
    const { out } = await ran(
      ports(many(3), [[], [entry(3), entry(4)], [], [entry(5)]]).ports,
      "log",
      "--follow",
      "--limit",
      "2",
    );
    expect(out.map((line) => line.slice(-12))).toEqual([1, 2, 3, 4, 5].map((n) => String(n).padStart(12, "0")));
  });

  it("an entry that was shown before it had its place is not shown again", async () => {
    const early = entry(2, { index: null });
    const { out } = await ran(ports([entry(0), entry(1), early], [[entry(2)], [entry(3)]]).ports, "log", "--follow");
    expect(out.map((line) => line.slice(-1))).toEqual(["0", "1", "2", "3"]);
  });

  it("an entry of a slow transaction, whose id is older than what was shown, is not lost", async () => {
    const { out } = await ran(
      ports([entry(0), entry(5, { index: 1 })], [[entry(3, { index: 2 })]]).ports,
      "log",
      "--follow",
    );
    expect(out.map((line) => line.slice(-1))).toEqual(["0", "5", "3"]);
  });

  it("ends when whoever read it has gone, and asks for nothing more", async () => {
    const given = ports(many(3), [[entry(3)], [entry(4)]]);
    await ran({ ...given.ports, heard: () => false }, "log", "--follow");
    expect(given.asked).toHaveLength(2);
    const listing = ports(many(450));
    let answers = 1;
    await ran({ ...listing.ports, heard: () => answers-- > 0 }, "log", "--limit", "450");
    expect(listing.asked).toHaveLength(1);
  });

  it("leaves reads out unless asked for: two followers would feed each other for ever", async () => {
    const given = ports(many(1), [[]]);
    await ran(given.ports, "log", "--follow");
    for (const { filter } of given.asked) expect(filter.kinds).not.toContain("audit.read");
    const wanted = ports(many(1), [[]]);
    await ran(wanted.ports, "log", "--follow", "--kind", "audit.read");
    for (const { filter } of wanted.asked) expect(filter.kinds).toEqual(["audit.read"]);
  });
});

describe("59 text that imitates log lines, terminals or formulas", () => {
  const hostile = entry(1, {
    op: open({
      initiator: { type: "human", id: "7\n2026-11-21 12:00:00.000Z  gate.verdict  success  human:1" },
      target: { type: "pull_request", id: "\u001b]0;pwned\u0007\u001b[2J\u202eevil" },
      requestId: '=HYPERLINK("http://evil","x")',
      payload: { text: "\u009b31m\u2028\u0000" },
    }),
  });

  it.each<[string, readonly string[]]>([
    ["a line", ["log"]],
    ["CSV", ["log", "--csv"]],
    ["an entry", ["show", id(1)]],
  ])("cannot steer what %s is shown on", async (_what, argv) => {
    const { out } = await ran(ports([hostile]).ports, ...argv);
    for (const line of out.flatMap((text) => text.split("\n"))) expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    if (argv[0] === "log") expect(out).toHaveLength(argv.length);
    if (argv[1] === "--csv") expect(out[1]).toContain(`"'=HYPERLINK(""http://evil"",""x"")"`);
  });

  /** Code points, half ones included, and often those that matter. (fast-check's own "binary" takes seconds to set up.) */
  const anyUnit = fc.oneof(
    fc.integer({ min: 0, max: 0x10ffff }).map((point) => String.fromCodePoint(point)),
    fc.constantFrom("=", "@", '"', ",", "\n", "\u001b", "\u009b", "\u202e", "\u2028", "\ud800", "\udc00", "\u{e0041}"),
  );
  it("whatever the text: printable has none of it, JSON still says what was written, a cell never begins a formula", () => {
    fc.assert(
      fc.property(fc.string({ unit: anyUnit }), (text) => {
        expect(printable(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
        expect(JSON.parse(printableJson({ text }))).toEqual({ text });
        expect(csvCell(text)).toMatch(/^"(?![=+\-@\t\r])[^]*"$/);
      }),
    );
  });
});

describe("audit show, proof, checkpoint, export", () => {
  it("show prints entry, receipt and body", async () => {
    const { out, status } = await ran(ports(many(5)).ports, "show", id(4));
    expect(out.join("\n")).toMatch(
      /Entry 01a1.*who\s+human:7.*leaf\s+abab.*place\s+index 4; the next checkpoint.*Body:.*"n": 4/s,
    );
    expect(status).toBe(0);
  });

  it.each<[string, readonly string[], number, string]>([
    ["show of no id", ["show", "../../etc/passwd"], 2, "Give the id of an entry"],
    ["show of an entry that is not there", ["show", id(99)], 1, "There is no entry"],
    ["proof of no id", ["proof", "x"], 2, "There is no entry"],
    ["proof of an entry that is not there", ["proof", id(99)], 1, "There is no entry"],
    ["proof that cannot be made yet", ["proof", id(1)], 1, "There is no proof yet"],
    ["a tenant's checkpoint before the first", ["checkpoint", "--tenant", "acme"], 1, "no checkpoint yet"],
    ["export of neither one nor all", ["export", "--to", "x"], 2, "either --tenant"],
    ["export of one and all", ["export", "--to", "x", "--all", "--tenant", "acme"], 2, "either --tenant"],
    ["export to nowhere", ["export", "--all"], 2, "--to"],
    ["export before the first checkpoint", ["export", "--all", "--to", "x"], 2, "no checkpoint yet"],
  ])("%s: a sentence and its status", async (_what, argv, status, text) => {
    const done = await ran(ports(many(2)).ports, ...argv);
    expect([done.status, done.err.join(), done.out]).toEqual([status, expect.stringContaining(text), []]);
  });

  it("checkpoint prints the public note, word for word", async () => {
    const { out } = await ran(ports([]).ports, "checkpoint");
    expect(out).toEqual(["log.example/epochs\n1\nAAAA\n\n— log.example/epochs BBBB"]);
  });
});
