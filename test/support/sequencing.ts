// The log of a test database, put in order and signed on demand: one step at a time, so that a test can look between them.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { openBroker, openSequencer, type Broker, type OpenSequencer, type SequencerParts } from "#audit/io";
import type { TestDatabase } from "./database.ts";

export interface Sequencing {
  readonly broker: Broker;
  readonly parts: SequencerParts;
  /** Another sequencer, which takes over. */
  open(over?: Partial<SequencerParts>): Promise<OpenSequencer>;
  /** Everything that is durable now has its place afterwards. Returns how many got one. */
  sequence(): Promise<number>;
  /** The same, and an epoch that is signed. Returns its number. */
  epoch(): Promise<number>;
}

/** Call at the top of a test file, after `testDatabase()`. */
export function sequencing(t: Pick<TestDatabase, "role">): Sequencing {
  const directory = mkdtempSync(join(tmpdir(), "countersign-broker-"));
  const { broker, close } = openBroker(directory, "log.example");
  afterAll(() => {
    close();
    rmSync(directory, { recursive: true, force: true });
  });
  const parts: SequencerParts = { database: t.role("sequencer"), signer: broker, build: "test", now: Date.now };
  let live: OpenSequencer | null = null;
  const open = async (over: Partial<SequencerParts> = {}): Promise<OpenSequencer> => {
    live = null;
    return openSequencer({ ...parts, ...over });
  };
  const sequence = async (): Promise<number> => {
    live ??= await openSequencer(parts);
    return drain(live);
  };
  return {
    broker,
    parts,
    open,
    sequence,
    async epoch() {
      await sequence();
      const epoch = await live?.epoch();
      if (epoch === null || epoch === undefined) throw new Error("the epoch was not committed");
      return epoch;
    },
  };
}

export async function drain(sequencer: OpenSequencer): Promise<number> {
  for (let total = 0; ;) {
    const batch = await sequencer.batch();
    if (batch.kind === "clock") throw new Error("the clock of the database went back");
    total += batch.entries;
    if (batch.entries === 0) return total;
  }
}
