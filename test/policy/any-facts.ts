import fc from "fast-check";
import type { Facts } from "#policy";
import { HAZARDS } from "../../src/policy/hazards.ts";
import { TOOL_NAMES } from "../../src/policy/tools.ts";
import { facts } from "./rules.ts";

export const word = fc.constantFrom("auth", "payments", "docs", "web", "ticket", "git", "code", "unread", "native");
const words = fc.uniqueArray(word, { maxLength: 4 });
const programs = fc.uniqueArray(
  fc.oneof(
    word,
    fc.constantFrom("network", "production", "fetch", "install", "code", "unknown", "unplaced", "writes").map((of) => `native.${of}`),
  ),
  { maxLength: 4 },
); // prettier-ignore
export const percent = fc.oneof(fc.nat(100), fc.constantFrom(0, 39, 40, 49, 50, 100));
export const amount = fc.oneof(fc.nat(60), fc.constantFrom(50, 51, 1_000_000, 1_000_001));
const hash = fc.constantFrom("0".repeat(64), "1".repeat(64));
const volume = fc.record({ updates: amount, cents: amount });

export const anyFacts: fc.Arbitrary<Facts> = fc
  .record({
    tool: fc.constantFrom(...TOOL_NAMES),
    branch: fc.constantFrom("none", "topic", "production", "unknown"),
    gate: fc.constantFrom("none", "passed", "failed", "unknown"),
    hazards: fc.oneof(
      { weight: 4, arbitrary: fc.constant([]) },
      fc.uniqueArray(fc.constantFrom(...HAZARDS), { maxLength: 2 }),
    ),
    shell: programs,
    areas: words,
    touched: fc.record({ paths: amount, lines: amount }),
    sql: fc.constantFrom("none", "select", "refused"),
    mail: fc.option(fc.record({ recipients: fc.constantFrom("customer", "other"), shipped: fc.boolean() })),
    batch: volume,
    window: volume,
    taint: words,
    scores: fc.record({ injection: percent, pii: percent, secrets: percent }),
    confidence: percent,
    irreversible: fc.boolean(),
    argsHash: hash,
    approval: fc.option(fc.record({ argsHash: hash, approver: fc.constantFrom("ada", "requester", "agent") })),
  })
  .map((more) => facts(more));
