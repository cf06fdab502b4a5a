// Whoever may write to a signer's folder, and cannot read its key, takes its memory away: then it would sign a second past.

import { rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openBroker, openWitness } from "#audit/io";
import { headOf, sampleLeaves } from "../audit/broker/sample.ts";
import { temporaryDirectory } from "../support/program.ts";

const ORIGIN = "log.example/epochs";
const honest = headOf(ORIGIN, 0, 3, sampleLeaves(3));
const other = headOf(ORIGIN, 0, 3, sampleLeaves(3, "!"));

interface Signer {
  readonly close: () => void;
}
const broker = (directory: string): Signer & ReturnType<typeof openBroker> => openBroker(directory, "log.example");
const witness = (directory: string): Signer => openWitness({ directory, name: "w.example", logs: [] }, () => 0);

const signers: readonly [string, string, (directory: string) => Signer][] = [
  ["the broker", "checkpoints.sqlite", broker],
  ["a witness", "witness.sqlite", witness],
];
const losses: readonly [string, (file: string) => void, RegExp][] = [
  ["is deleted", (file) => rmSync(file), /would sign a second past/],
  ["is emptied", (file) => truncateSync(file), /would sign a second past/],
  [
    "is another file",
    (file) => writeFileSync(file, "not a database, but as long as one".repeat(500)),
    /not a database/,
  ],
];

describe.each(signers)("cases 22 and 24: %s, when its memory (%s) is taken from it (A3)", (_, name, open) => {
  it.each(losses)("%s: refused, and nothing is made in its place", (_what, lose, says) => {
    const directory = temporaryDirectory();
    open(directory).close();
    lose(join(directory, name));
    expect(() => open(directory)).toThrow(says);
    expect(() => open(directory)).toThrow(says);
  });

  it("a crash at its first start, between memory and key, is no loss", () => {
    const directory = temporaryDirectory();
    open(directory).close();
    for (const key of ["log-key.pem", "witness-key.pem"]) rmSync(join(directory, key), { force: true });
    expect(() => open(directory).close()).not.toThrow();
  });
});

it("case 24: what the broker would have signed, had it forgotten", async () => {
  const directory = temporaryDirectory();
  const first = broker(directory);
  expect(await first.broker.sign([honest])).toMatchObject([{ kind: "signed" }]);
  expect(await first.broker.sign([other])).toMatchObject([{ kind: "inconsistent" }]);
  first.close();
  rmSync(join(directory, "checkpoints.sqlite"));
  expect(() => broker(directory)).toThrow(/Restore the file as it was/);
});
