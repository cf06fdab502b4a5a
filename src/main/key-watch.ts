// K5: once a day, keys that should have been replaced. An error of the server's log, for whoever is paged by those, and an alarm in the platform's own.

import { overdueKeys } from "#cli";
import type { Append } from "#audit/io";
import type { Log } from "#platform/log";
import type { Database } from "#platform/postgres";
import { recordAlarm } from "./alarm.ts";
import { keyFindings } from "./key-findings.ts";
import { repeat, type Opened } from "./lifecycle.ts";

const DAILY_MS = 86_400_000;
/** In one entry and one line; `countersign doctor` lists all. */
const MOST = 20;

interface Parts {
  readonly database: Database;
  readonly append: Append;
  readonly log: Log;
}

export async function lookAtKeys({ database, append, log }: Parts): Promise<void> {
  const overdue = overdueKeys(await keyFindings(database));
  if (overdue.length === 0) return;
  const message = `${overdue.length} keys should have been replaced: ${overdue.slice(0, MOST).join(" ")}`;
  log.error({ overdue: overdue.slice(0, MOST) }, "keys are overdue: deployments are blocked until they are replaced");
  await recordAlarm({ database, append }, "keys", { alarm: "key_overdue", message });
}

/** At the start of the server, and every day from then on. */
export function watchKeys(parts: Parts, resources: Opened): void {
  resources.add(
    "the look at the keys' age",
    repeat(parts.log, "look at the keys' age", DAILY_MS, () => lookAtKeys(parts)),
  );
}
