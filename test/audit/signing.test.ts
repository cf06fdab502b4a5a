import { describe, expect, it } from "vitest";
import { decideHead, type HeadToSign, type SignedHead } from "#audit";
import { rootOf, sha256 } from "#verifier";
import { headOf, sampleLeaves } from "./broker/sample.ts";

const leaves = sampleLeaves(40);
const other = [...sampleLeaves(3), ...sampleLeaves(40, "!").slice(3)];
const head = (from: number, size: number, tree = leaves): HeadToSign => headOf("log.example/epochs", from, size, tree);
const last = (size: number): SignedHead => ({
  note: `note of ${size}`,
  size,
  root: rootOf(sha256, leaves.slice(0, size)),
});

describe("A3 what the key's holder signs", () => {
  const cases: readonly [string, SignedHead | null, HeadToSign, string][] = [
    ["the first head of a log", null, head(0, 7), "sign"],
    ["a head that is proven to extend the last one", last(7), head(7, 12), "sign"],
    ["the head that was signed last, asked for again with the old proof", last(12), head(7, 12), "repeat"],
    ["the head that was signed last, asked for without a proof", last(12), head(0, 12), "repeat"],
  ];
  const refused: readonly [string, SignedHead | null, HeadToSign, string][] = [
    ["a log never signed, with a proof from somewhere: the store may have been turned back", null, head(7, 12), "inconsistent"],
    ["a smaller head: the database was restored from a backup (case 22)", last(12), head(7, 9), "behind"],
    ["a head proven from an older one than the last", last(12), head(7, 20), "behind"],
    ["a head proven from a newer one than the last", last(7), head(12, 20), "behind"],
    ["a rewritten history of the same size: a split view (case 24)", last(12), head(7, 12, other), "inconsistent"],
    ["a rewritten history that is longer (case 5)", last(12), head(12, 20, other), "inconsistent"],
    ["a longer head without its proof", last(12), { ...head(12, 20), proof: [] }, "inconsistent"],
    ["a longer head with a proof that is longer than it must be", last(12), { ...head(12, 20), proof: [...head(12, 20).proof, last(1).root] }, "inconsistent"],
    ["a longer head with another head's proof", last(12), { ...head(12, 20), proof: head(12, 21).proof }, "inconsistent"],
  ]; // prettier-ignore

  it.each(cases)("signs %s", (_, before, asked, kind) => {
    expect(decideHead(sha256, before, asked).kind).toBe(kind);
  });
  it.each(refused)("does not sign %s", (_, before, asked, kind) => {
    expect(decideHead(sha256, before, asked)).toEqual({ kind, last: before?.note ?? "" });
  });
});
