// The audit log's outer half: who signs it, who watches it, where its copies are.

import type { EpochFinding, Findings, LogFinding } from "./findings.ts";
import { fail, ifKnown, ok, warn, type Line } from "./line.ts";

export function judgeLog({ log }: Findings): readonly Line[] {
  return [
    ...ifKnown(
      log.signer,
      "The broker, which signs the audit log",
      "Start the server, or the broker that BROKER_SOCKET names.",
      (vkey) =>
        log.diverged === null
          ? [ok(`The audit log is signed under ${vkey}.`)]
          : [
              fail(
                `${log.diverged} A server that runs on it tells nobody anything and moves no ticket.`,
                "If a backup was restored, stop the servers and restore a newer one (docs/runbooks/restore.md). If nobody did, keep everything as it is (docs/runbooks/audit-log.md).",
              ),
            ],
    ),
    ...ifKnown(log.epochs, "The audit log's epochs", "See the lines about the database.", (epochs) =>
      judgeEpochs(log, epochs),
    ),
  ];
}

function judgeEpochs(log: LogFinding, { newest, witnessed, stamped, copied }: EpochFinding): readonly Line[] {
  if (newest === null)
    return [warn("The audit log has no epoch yet.", "Start the server; the first one is signed at once.")];
  return [...judgeWitnesses(log.quorum, newest, witnessed), ...judgeCopies(log, newest, stamped, copied)];
}

function judgeWitnesses(quorum: string | null, newest: number, witnessed: number | null): readonly Line[] {
  if (quorum === null)
    return [
      warn(
        "Nobody outside watches the audit log: whoever has its database and its key could rewrite it.",
        "Ask two others to run `countersign audit witness serve`, and set AUDIT_WITNESSES (docs/witnesses.md).",
      ),
    ];
  const missed = newest - (witnessed ?? -1);
  return [
    missed === 0
      ? ok(`The last epoch of the audit log is witnessed (${quorum}).`)
      : missed === 1
        ? ok(`The last epoch of the audit log waits for its witnesses (${quorum}).`)
        : fail(
            `The last ${missed} epochs of the audit log have no quorum of witnesses (${quorum}).`,
            "The server's log says what each witness answered.",
          ),
  ];
}

/** Hourly copies are some epochs behind; a day behind is not. */
const EPOCHS_OF_A_DAY = 288;

function judgeCopies(
  log: LogFinding,
  newest: number,
  stamped: number | null,
  copied: EpochFinding["copied"],
): readonly Line[] {
  const late = (last: number | null): boolean => newest - (last ?? -1) > EPOCHS_OF_A_DAY;
  const lines: Line[] = [];
  if (log.places.git && late(copied.git))
    lines.push(fail("The copy in AUDIT_ANCHOR_GIT is more than a day behind.", "The server's log says what git said."));
  if (log.places.directory && late(copied.directory))
    lines.push(
      fail("The copy in AUDIT_ANCHOR_DIR is more than a day behind.", "The server's log says what the disk said."),
    );
  if (log.places.timestamps && late(stamped))
    lines.push(fail("No timestamp was had for more than a day.", "The server's log says what the authority said."));
  if (!log.places.git && !log.places.directory)
    lines.push(
      warn("There is no copy of the audit log's checkpoints elsewhere.", "Set AUDIT_ANCHOR_GIT or AUDIT_ANCHOR_DIR."),
    );
  return lines;
}
