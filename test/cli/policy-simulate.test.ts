import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { ShownEntry } from "#audit/io";
import { policySimulate, type PastCalls, type SimulatePorts } from "#cli";
import { entryId, instantOfMillis, type EntryId, type Json } from "#kernel";
import type { Facts } from "#policy";
import { engineOf, facts, forbid } from "../policy/rules.ts";
import { ranWith } from "./terminal.ts";

const root = mkdtempSync(join(tmpdir(), "countersign-simulate-"));
afterAll(() => rmSync(root, { recursive: true }));
function folder(name: string, rules: string): string {
  const dir = join(root, name);
  mkdirSync(dir);
  writeFileSync(join(dir, "rules.cedar"), rules);
  return dir;
}
const RULE = forbid({ id: "acme.docs", verdict: "YELLOW", when: `context.areas.contains("docs")` });
const empty = folder("empty", "");
const strict = folder("strict", RULE);

function id(n: number): EntryId {
  const found = entryId(`01a1fec5-0000-7000-8000-${String(n).padStart(12, "0")}`);
  if (found === null) throw new Error("no id");
  return found;
}

async function entries(rules: string, all: readonly Facts[]): Promise<readonly ShownEntry[]> {
  const engine = await engineOf(rules, "cli-sim");
  return Promise.all(
    all.map(async (given, n) => {
      const verdict = await engine.decide(given);
      const payload = { v: 1, call: `call-${n}`, tool: given.tool, args: {}, facts: given, verdict, set: engine.set };
      return {
        id: id(n),
        at: instantOfMillis(Date.UTC(2026, 10, 20)),
        kind: "call.verdict",
        outcome: "success",
        intent: null,
        leafHash: "ab".repeat(32),
        index: n,
        bodyBytes: 10,
        op: { kind: "open" as const, value: { payload }, bytes: new Uint8Array() },
        personal: null,
      };
    }),
  );
}

async function ran(past: readonly ShownEntry[], constitution: string, ...argv: readonly string[]) {
  const accepted: Json[] = [];
  const asked: unknown[] = [];
  const calls: PastCalls = {
    prefix: "acme",
    constitution,
    async page({ filter, cursor, limit }) {
      asked.push({ kinds: filter.kinds, since: filter.since });
      const before = cursor.order === "newest" ? cursor.before : null;
      const rest = past.toReversed().filter((each) => before === null || each.id < before);
      const shown = rest.slice(0, limit);
      return {
        entries: shown,
        next: rest.length > limit ? { order: "newest", before: shown.at(-1)?.id ?? null } : null,
      };
    },
    accept: async (body) => void accepted.push(body),
  };
  const ports: SimulatePorts = {
    withCalls: async (tenant, work) => {
      if (tenant === "nobody") return { kind: "refused", problems: ["There is no active tenant of that name."] };
      await work(calls);
      return { kind: "done" };
    },
    now: () => instantOfMillis(Date.UTC(2026, 10, 22)),
    elapsed: () => 0,
  };
  return { ...(await ranWith(policySimulate(ports), ["policy", "simulate", ...argv])), accepted, asked };
}

const docs = facts({ tool: "repo.propose", branch: "topic", areas: ["docs"], agent: "codex", repository: "acme/shop" });
const read = facts({ tool: "repo.read", agent: "claude" });

describe("countersign policy simulate", () => {
  it("without a candidate: the tenant's own rules give every verdict again; only the last thirty days are read", async () => {
    const { out, status, asked } = await ran(await entries(RULE, [docs, read]), strict);
    expect(out).toEqual([expect.stringMatching(/^2 calls: 2 unchanged, 0 changed, 0 unknown\. Set [0-9a-f]{64}$/)]);
    expect(status).toBe(0);
    expect(asked).toEqual([{ kinds: ["call.verdict"], since: Date.UTC(2026, 9, 23) }]);
  });

  it("a stricter candidate: what would wait for a person from now on, by rule, agent and repository", async () => {
    const { out, status } = await ran(await entries("", [docs, read, docs]), empty, "--candidate", strict);
    expect(out.slice(0, 4)).toEqual([
      "Newly YELLOW: 2 calls",
      `- rule acme.docs@1: 2 (${id(2)}, ${id(0)})`,
      `- agent codex: 2 (${id(2)}, ${id(0)})`,
      `- repository acme/shop: 2 (${id(2)}, ${id(0)})`,
    ]);
    expect(status).toBe(0);
  });

  it("a laxer candidate waits for a person: status 3, and nothing is on record as accepted", async () => {
    const { out, status, accepted } = await ran(await entries(RULE, [docs]), strict, "--candidate", empty);
    expect(out[0]).toBe("Newly GREEN: 1 call");
    expect(out.at(-1)).toMatch(/--accept-newly-green NAME REASON/);
    expect(status).toBe(3);
    expect(accepted).toEqual([]);
  });

  it("accepted: who, why and which calls are on record, and the status is 0", async () => {
    const { status, accepted } = await ran(
      await entries(RULE, [docs, read]),
      strict,
      "--candidate",
      empty,
      "--accept-newly-green",
      "Ana Lima",
      "the rule was too wide",
    );
    expect(status).toBe(0);
    expect(accepted).toMatchObject([
      { name: "Ana Lima", reason: "the rule was too wide", green: 1, calls: 2, entries: [id(0)], since: "30d" },
    ]);
  });

  it("an acceptance where nothing is newly GREEN is no entry", async () => {
    const { status, accepted } = await ran(await entries("", [read]), empty, "--accept-newly-green", "Ana", "because");
    expect({ status, accepted }).toEqual({ status: 0, accepted: [] });
  });

  it("many pages are one walk: each call once", async () => {
    const past = await entries(
      "",
      Array.from({ length: 2_250 }, () => read),
    );
    const { out, asked } = await ran(past, empty, "--json");
    expect(asked).toHaveLength(3);
    expect(JSON.parse(out.join(""))).toMatchObject({ tenant: "acme", calls: 2_250, unchanged: 2_250, changes: [] });
  });

  it("fails closed: a body that does not open is unknown, and said so", async () => {
    const [entry] = await entries("", [read]);
    if (entry === undefined) throw new TypeError("no entry");
    const { out } = await ran([{ ...entry, op: { kind: "erased" } }], empty);
    expect(out).toEqual([
      `Unknown: 1 record, because its body cannot be opened (${id(0)})`,
      expect.stringMatching(/^1 call: 0 unchanged, 0 changed, 1 unknown/),
    ]);
  });

  it("the rules in force do not give their own verdict again: status 1, whatever is accepted", async () => {
    const [entry] = await entries(RULE, [docs]);
    if (entry?.op.kind !== "open") throw new TypeError("no entry");
    const text = JSON.stringify(entry.op.value).replace(`"YELLOW"`, `"GREEN"`);
    const value: unknown = JSON.parse(text);
    const { out, status } = await ran([{ ...entry, op: { ...entry.op, value } }], strict);
    expect(out.join("\n")).toContain("NOT REPRODUCED: 1 record of this very set");
    expect(status).toBe(1);
  });

  const wrong: readonly (readonly [string, readonly string[], RegExp])[] = [
    ["a folder that is not there", ["--candidate", join(root, "nothing")], /no folder/],
    ["rules that do not load", ["--candidate", folder("broken", "forbid (principal")], /./],
    ["a name without a reason", ["--accept-newly-green", "Ana"], /two texts, who and why/],
    ["a time that is none", ["--since", "yesterday"], /./],
    ["a tenant that is not there", ["--tenant", "nobody"], /no active tenant/],
  ];
  it.each(wrong)("%s: status 2, and what to do", async (_, argv, says) => {
    const { err, status } = await ran([], empty, ...argv);
    expect(err.join("\n")).toMatch(says);
    expect(status).toBe(2);
  });
});
