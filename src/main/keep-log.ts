// What the audit log of a running server needs by itself: a look at its guards, and room for the coming months.

import type { Party } from "#audit";
import { createGuardWatch, makeMonthsAhead, type Append } from "#audit/io";
import type { Log } from "#platform/log";
import type { Database } from "#platform/postgres";
import { logDrift } from "./heard.ts";
import { repeat, type Opened } from "./lifecycle.ts";

/** Changes of the audit log's guards are known after this, at the latest. */
const GUARDS_EVERY_MS = 10_000;
/** Twelve are there at start: this is for a server that runs for months. */
const MONTHS_EVERY_MS = 3_600_000;

export interface KeptLog {
  readonly database: Database;
  readonly append: Append;
  readonly observer: Party;
  readonly log: Log;
  readonly resources: Opened;
}

export function keepLog({ database, append, observer, log, resources }: KeptLog): void {
  const look = createGuardWatch({
    database,
    append,
    observer,
    onDrift: (lines) => logDrift(log, lines),
  });
  resources.add("the look at the guards", repeat(log, "look at the guards", GUARDS_EVERY_MS, look));

  resources.add(
    "the coming months of the log",
    repeat(log, "months of the log", MONTHS_EVERY_MS, async () => {
      const made = await database.withPlatform(makeMonthsAhead);
      if (made > 0) log.info({ made }, "partitions of coming months are made");
    }),
  );
}
