// Once a day: rows that an index hides, gaps in a log, entries passed over, and the copy in WORM storage held against the database
// (audit.md, cases 50 and 64), and what was made for clients against where it should be. With the verifier's login, which reads hashes
// and can write nothing.

import { checkContiguity, compareWorm, type Append } from "#audit/io";
import type { Log } from "#platform/log";
import { createRoleDatabase, type Database, type RoleDatabase } from "#platform/postgres";
import { openClients, sweepAssets, type SweepParts } from "#tenants/io";
import { recordAlarm } from "./alarm.ts";
import { repeat, type Opened } from "./lifecycle.ts";
import { copyIn } from "./worm-copy.ts";

const NIGHTLY_MS = 86_400_000;
/** In one entry and one line; `countersign audit compare` lists all. */
const MOST = 20;

/** Where what was made for clients is. */
export type Estate = Omit<SweepParts, "verifier" | "clients"> & { readonly clientsDir: string };

export const sweepEstate = async (
  verifier: RoleDatabase<"verifier">,
  { clientsDir, ...parts }: Estate,
): Promise<readonly string[]> => sweepAssets({ ...parts, verifier, clients: await openClients(clientsDir) });

/** A sentence for each thing that is not as it should be. `worm`: a directory; null: there is no copy to compare with. */
export async function nightlyFindings(
  verifier: RoleDatabase<"verifier">,
  worm: string | null,
  estate: Estate | null = null,
): Promise<readonly string[]> {
  const assets = estate === null ? [] : await sweepEstate(verifier, estate);
  const gaps = [...(await checkContiguity(verifier)), ...assets];
  if (worm === null) return gaps;
  const source = await copyIn(worm);
  if (source === null) return [...gaps, `The WORM copy in ${worm} cannot be read.`];
  const { differences, ahead } = await compareWorm(verifier, source);
  return [
    ...gaps,
    ...differences.map(({ path, what }) => `${path} of the WORM copy ${WORDS[what]}.`),
    ...ahead.map(({ log, copied, here }) => `The WORM copy has ${copied} entries of log ${log}, the database ${here}.`),
  ];
}

const WORDS = {
  missing: "is not there",
  differs: "is not what the database has",
  unreadable: "cannot be read",
} as const;

interface NightlyParts {
  /** null: no such login was given, and nothing is looked at. `countersign doctor` says so. */
  readonly verifierUrl: string | null;
  readonly worm: string | null;
  readonly estate: Estate;
  readonly database: Database;
  readonly append: Append;
  readonly log: Log;
  readonly resources: Opened;
}

/** At the start of the server, and every day from then on. What is found is an error in the log and an alarm in the platform's own. */
export function lookNightly({ verifierUrl, worm, estate, database, append, log, resources }: NightlyParts): void {
  if (verifierUrl === null) return;
  const verifier = createRoleDatabase({
    url: verifierUrl,
    role: "verifier",
    maxConnections: 1,
    onIdleError: (error) => log.warn({ err: error }, "an idle connection of the verifier broke"),
  });
  const look = async (): Promise<void> => {
    const found = await nightlyFindings(verifier, worm, estate);
    if (found.length === 0) return log.debug("the nightly look at the audit log found nothing");
    const message = `${found.length} things are not as they should be, among them: ${found.slice(0, MOST).join(" ")}`;
    log.error(
      { found: found.slice(0, MOST) },
      "the nightly look at the audit log and at what was made for clients found something: see docs/runbooks/audit-log.md",
    );
    await recordAlarm({ database, append }, "nightly", { alarm: "nightly", message });
  };
  resources.add("the verifier's connection", () => verifier.close());
  resources.add("the nightly look at the audit log", repeat(log, "nightly look at the audit log", NIGHTLY_MS, look));
}
