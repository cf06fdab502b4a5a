// The broker's directory is lost, or exchanged for one with another key: the server must not go on under the new key's name. The
// database would look in order, and no auditor could ever verify it again.

import { describe, expect, it } from "vitest";
import { compareWithSigner, openBroker, openSequencer, runSequencer, type SequencerAlarm } from "#audit/io";
import { testDatabase } from "../support/database.ts";
import { temporaryDirectory } from "../support/program.ts";
import { sequencing } from "../support/sequencing.ts";

const t = await testDatabase();
const log = sequencing(t);
const database = t.role("sequencer");

describe("A3 another broker than the one that signed this log", () => {
  it.each([
    [
      "its directory was lost, and it made itself a key and a name",
      null,
      /is called log\.example\/epochs, .* localhost.*another server .* BROKER_SOCKET/,
    ],
    ["it has another log's name", "other.example", /is called log\.example\/epochs, .* other\.example\/epochs/],
    ["it has the log's name and another key", "log.example", /signer's store was lost or exchanged/],
  ])("%s: refused at start, and whoever is running signs nothing and says it", async (_, base, says) => {
    await log.epoch();
    const epochs = (await t.adminSql("select count(*)::int as n from audit.epoch"))[0];
    const { broker, close } = openBroker(temporaryDirectory(), base);
    await expect(compareWithSigner(database, broker)).rejects.toThrow(says);
    const told = Promise.withResolvers<SequencerAlarm>();
    const parts = { ...log.parts, signer: broker, epochEveryMs: 1, onAlarm: told.resolve };
    const running = runSequencer(parts);
    expect(await told.promise).toMatchObject({ kind: "diverged", message: expect.stringMatching(says) });
    await running.stop();
    close();
    expect((await t.adminSql("select count(*)::int as n from audit.epoch"))[0]).toEqual(epochs);
    // Its own broker goes on.
    await openSequencer(log.parts);
    await log.open();
  });
});
