// The audit log's sequencer in this process, and what it has to say.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import {
  compareWithSigner,
  createAcknowledge,
  isWitnessed,
  runSequencer,
  type Acknowledge,
  type Append,
  type Broker,
} from "#audit/io";
import { Fault } from "#kernel";
import type { Log } from "#platform/log";
import { createRoleDatabase, type RoleDatabase } from "#platform/postgres";
import { recordAlarm } from "./alarm.ts";
import type { OpenDatabase } from "./database.ts";
import type { Opened } from "./lifecycle.ts";
import { recordingRotation } from "./rotation.ts";

export interface StartedSequencer {
  readonly acknowledge: Acknowledge;
  /** As the sequencer's role: what publishes epochs works with it, too. */
  readonly role: RoleDatabase<"sequencer">;
  /** What is in this database may be what was long ago: nobody is told of it, and no ticket moves by it. */
  readonly diverged: () => boolean;
}

export interface SequencerStart {
  readonly database: OpenDatabase;
  readonly broker: Broker;
  readonly append: Append;
  readonly epochEveryMs: number;
  readonly log: Log;
  readonly resources: Opened;
}

/** Refuses a database whose log is not the one that was signed; a broker that does not answer now is asked again later. */
export async function startSequencer(start: SequencerStart): Promise<StartedSequencer> {
  const { database, broker, log, resources } = start;
  if (database.sequencerUrl === null)
    throw new Fault(
      "config_invalid",
      "SEQUENCER_DATABASE_URL is missing: without it no audit entry gets its place in the log. Choose a user and a password, give the URL to `countersign migrate`, which makes the user, and to the server.",
    );
  const role = createRoleDatabase({
    url: database.sequencerUrl,
    role: "sequencer",
    onIdleError: (error) => log.warn({ err: error }, "an idle connection of the sequencer broke"),
  });
  resources.add("the sequencer's connections", () => role.close());
  await compareWithSigner(role, broker).catch((error: unknown) => {
    if (!(error instanceof Fault) || error.code !== "broker_unavailable") throw error;
    log.error({ err: error }, "the broker does not answer: entries are taken, epochs wait");
  });
  const { name, version } = build();
  const sequencer = runSequencer({
    database: role,
    signer: recordingRotation(broker, { database: database.database, append: start.append, log }),
    build: `${name}/${version}`,
    now: Date.now,
    epochEveryMs: start.epochEveryMs,
    onAlarm: (alarm) => {
      log.error({ alarm: alarm.kind, ...("error" in alarm ? { err: alarm.error } : {}) }, alarm.message);
      recordAlarm({ database: database.database, append: start.append }, "sequencer", {
        kind: alarm.kind === "restored" ? "platform.incarnation" : "platform.alarm",
        alarm: alarm.kind,
        message: alarm.message,
      }).catch((error: unknown) => log.error({ err: error }, "an alarm could not be logged"));
    },
  });
  resources.add("the sequencer", sequencer.stop);
  const acknowledge = createAcknowledge({ database: database.database, sequencer, witnessed: isWitnessed });
  return { role, acknowledge, diverged: sequencer.diverged };
}

const manifest = z.object({ name: z.string(), version: z.string() });

/** This program's name and version. */
export const build = (): z.infer<typeof manifest> =>
  manifest.parse(JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8")));
