// What the log needs in order to go on: partitions for the coming months, and room on the disk.

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

export const judgeDisk = ({ disk, settings }: Findings): readonly Line[] =>
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
