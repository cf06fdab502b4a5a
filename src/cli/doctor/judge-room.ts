// What has to be there in order to go on: partitions for the coming months, room on the disk, what was made for each client, a sandbox.

import type { DatabaseFinding, Findings } from "./findings.ts";
import { ifKnown, ok, warn, type Line } from "./line.ts";

const MONTHS_WANTED = 2;
/** From here on there is an alarm (audit.md asks for it at 80 %): what comes then is an act denied because it cannot be recorded. */
export const DISK_FULL_PERCENT = 80;

export const judgeMonths = (months: DatabaseFinding["monthsAhead"]): readonly Line[] =>
  ifKnown(months, "The audit log's coming months", "Run: countersign migrate", (ahead) => [
    ahead >= MONTHS_WANTED
      ? ok(`The audit log has partitions for the next ${ahead} months.`)
      : warn(
          `The audit log has partitions for ${ahead === 0 ? "no coming month" : "the next month only"}: later entries would go into one that is never let go of.`,
          "Run: countersign migrate. A running server makes them by itself; its log says why it could not.",
        ),
  ]);

export const judgeDisk = ({
  disk,
  settings,
}: Pick<Findings, "disk"> & { readonly settings: Pick<Findings["settings"], "embeddedDatabase"> }): readonly Line[] =>
  ifKnown(
    disk,
    "The disk of the data directory",
    "Set DATA_DIR to a directory of your own.",
    ({ directory, percent }) => [
      percent <= DISK_FULL_PERCENT
        ? ok(`The disk of ${directory} is ${percent} % full.`)
        : warn(
            `The disk of ${directory} is ${percent} % full. On a full disk nothing can be recorded, so nothing is done any more.`,
            settings.embeddedDatabase
              ? "Free some space, or move DATA_DIR to a larger disk."
              : "Free some space. PostgreSQL's own disk is not seen from here: watch it, too.",
          ),
    ],
  );

/** Folders, keys and installations of clients: with an owner each, and none missing. */
export const judgeEstate = ({ estate }: Findings): readonly Line[] =>
  ifKnown(
    estate,
    "What was made for clients",
    "See the lines about the database, the keys and CLIENTS_DIR.",
    (found) => {
      if (found === null) return [];
      if (found.length === 0) return [ok("Every client's folder, key and installation is where the register has it.")];
      return found.map((sentence) =>
        warn(
          sentence,
          "Find out who did it, and put back what is missing from its backup: nothing else brings back keys, credentials and rules. Where there is none, countersign tenant onboard PREFIX makes a folder to begin with.",
        ),
      );
    },
  );

export const judgeSandbox = ({ sandbox }: Pick<Findings, "sandbox">): readonly Line[] => [
  sandbox.kind === "ready"
    ? ok(
        `A client's program can be kept in on this machine (${sandbox.version}: no network, no files of ours, no system calls past it).`,
      )
    : warn(
        `A client's program could not be kept in on this machine: repo.search, repo.diff and shell.test are refused here. ${sandbox.why}`,
        sandbox.next,
      ),
];
