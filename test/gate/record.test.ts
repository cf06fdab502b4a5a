import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decide, fromRecord, parseSnapshot, record, toRecord } from "#gate";
import type { Facts } from "#gate";
import { canonical } from "#verifier";
import { CASES } from "../cli/cases/index.ts";
import type { Document } from "./b0.ts";

/** Documents that nobody wrote: each key taken from some case of the table. */
const documents = CASES.map(([, , document]) => document);
const keys = [...new Set(documents.flatMap((d) => Object.keys(d)))];
const anyDocument: fc.Arbitrary<Document> = fc
  .array(fc.nat({ max: documents.length - 1 }), { minLength: keys.length, maxLength: keys.length })
  .map((picks) =>
    Object.fromEntries(
      keys.flatMap((key, i) =>
        Object.hasOwn(documents[picks[i] ?? 0] ?? {}, key) ? [[key, documents[picks[i] ?? 0]?.[key]]] : [],
      ),
    ),
  );

function factsOf(document: Document): Facts | null {
  const result = parseSnapshot(document);
  return result.kind === "facts" ? result.facts : null;
}
function back(facts: Facts): Facts {
  const result = fromRecord(JSON.parse(canonical(record(facts, decide(facts)))));
  if (result.kind === "unusable") throw new Error(result.problem);
  return result.facts;
}

describe("a decision can be made again from what the log keeps", () => {
  test("every case of the table: the same facts, the same verdict", () => {
    for (const facts of documents.map(factsOf).filter((f) => f !== null)) {
      expect(toRecord(back(facts))).toEqual(toRecord(facts));
      expect(decide(back(facts))).toEqual(decide(facts));
    }
  });
  test("property: decide(fromRecord(toRecord(f))) equals decide(f)", () => {
    fc.assert(
      fc.property(anyDocument, (document) => {
        const facts = factsOf(document);
        if (facts !== null) expect(decide(back(facts))).toEqual(decide(facts));
      }),
      { numRuns: 40 },
    );
  });
  test("a record with a key that this version does not know is refused: it may have decided something", () => {
    const facts = documents.map(factsOf).find((f) => f !== null);
    if (facts === undefined || facts === null) throw new Error("no case");
    expect(
      fromRecord({ version: 1, facts: { ...Object.fromEntries(Object.entries(facts)), more: [] }, verdict: {} }).kind,
    ).toBe("unusable");
  });
});

describe("fail closed: taking something away never opens the gate", () => {
  // What may be absent without being unknown, in GitHub's own schema or in ours.
  const mayBeAbsent = new Set(["draft", "merged", "merged_at", "auto_merge", "state_reason", "exclude"]);
  const decision = (document: Document): string => {
    const facts = factsOf(document);
    return facts === null ? "error" : decide(facts).decision;
  };
  const required = [
    "reviews",
    "commits",
    "files",
    "permissions",
    "timeline",
    "activity",
    "first_seen",
    "requesters",
    "service_accounts",
    "siblings",
    "rulesets",
    "config",
    "codeowners",
  ];

  test.each(required)("property: whatever else the document says, without %s nothing passes", (key) => {
    fc.assert(
      fc.property(anyDocument, (document) => {
        const { [key]: _, ...rest } = document;
        expect(decision(rest)).not.toBe("pass");
      }),
      { numRuns: 40 },
    );
  });

  function* withOneKeyLess(value: unknown): Generator<{ readonly key: string; readonly value: unknown }> {
    if (Array.isArray(value)) {
      const items: readonly unknown[] = value;
      for (const [i, item] of items.slice(0, 3).entries())
        for (const less of withOneKeyLess(item)) yield { key: less.key, value: items.with(i, less.value) };
    } else if (typeof value === "object" && value !== null) {
      const members: readonly [string, unknown][] = Object.entries(value);
      for (const [key, item] of members) {
        yield { key, value: Object.fromEntries(members.filter(([k]) => k !== key)) };
        for (const less of withOneKeyLess(item)) yield { key: less.key, value: { ...value, [key]: less.value } };
      }
    }
  }
  test.each(
    CASES.filter(([, , , decided]) => decided === "fail").map(
      ([id, sentence, document]) => [id, sentence, document] as const,
    ),
  )("%s %s: no inner key whose loss turns fail into pass", (_, __, document) => {
    const opened: string[] = [];
    for (const key of [
      "pull_request",
      "reviews",
      "commits",
      "files",
      "timeline",
      "activity",
      "first_seen",
      "rulesets",
      "permissions",
      "siblings",
      "step_ups",
    ]) {
      for (const less of withOneKeyLess(document[key])) {
        if (!mayBeAbsent.has(less.key) && decision({ ...document, [key]: less.value }) === "pass")
          opened.push(`${key}: ${less.key}`);
      }
    }
    expect(opened).toEqual([]);
  });
});
