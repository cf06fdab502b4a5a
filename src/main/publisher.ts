// From a signed epoch to the world: wiring of witnesses, timestamps and copies.

import { resolve } from "node:path";
import {
  createDirectoryAnchor,
  createGitAnchor,
  createPublisher,
  createTimestamping,
  createWitnessing,
  platformNotes,
  type Append,
  type Publisher,
  type PublisherEvent,
} from "#audit/io";
import type { Party } from "#audit";
import type { AuditConfig } from "#platform/config";
import type { Log } from "#platform/log";
import type { Database, RoleDatabase } from "#platform/postgres";
import { inherited } from "#platform/process";
import { repeat, type Opened } from "./lifecycle.ts";

export interface PublishingParts {
  readonly audit: AuditConfig;
  readonly sequencer: RoleDatabase<"sequencer">;
  readonly database: Database;
  readonly append: Append;
  readonly observer: Party;
  /** Where the clone for AUDIT_ANCHOR_GIT is kept. */
  readonly directory: string;
  readonly pushEveryMs?: number;
  readonly log: Log;
  readonly resources: Opened;
}

const LOOK_MS = 2_000;
const HOUR_MS = 60 * 60_000;
const ANSWER_MS = 10_000;

export function startPublisher(parts: PublishingParts): Publisher {
  const { audit, sequencer, database, log, resources } = parts;
  const world = { database: sequencer, fetch, timeoutMs: ANSWER_MS, clock: Date.now };
  const publisher = createPublisher({
    witnessing: audit.policy === null ? null : createWitnessing({ ...world, policy: audit.policy }),
    timestamping: audit.timestamps === null ? null : createTimestamping({ ...world, ...audit.timestamps }),
    directory:
      audit.anchorDirectory === null
        ? null
        : createDirectoryAnchor({ database: sequencer, directory: audit.anchorDirectory }),
    git:
      audit.anchorGit === null
        ? null
        : createGitAnchor({
            database: sequencer,
            remote: audit.anchorGit,
            workDirectory: resolve(parts.directory, "anchor-git"),
            branch: "main",
            // What finding and authenticating takes, and none of our secrets.
            env: inherited("PATH", "HOME", "SSH_AUTH_SOCK", "GIT_SSH_COMMAND"),
          }),
    note: platformNotes({ database, append: parts.append, observer: parts.observer }),
    onEvent: (event) => told(log, event),
  });
  const turn = (what: string, everyMs: number, work: () => Promise<void>): void =>
    resources.add(what, repeat(log, what, everyMs, work));
  turn("publication of epochs", LOOK_MS, publisher.publish);
  if (audit.anchorGit !== null) turn("the copy in git", parts.pushEveryMs ?? HOUR_MS, publisher.push);
  if (audit.timestamps !== null) turn("renewal of timestamps", HOUR_MS, publisher.renew);
  return publisher;
}

function told(log: Log, event: PublisherEvent): void {
  switch (event.kind) {
    case "witnessed":
      return log.info({ epoch: event.epoch }, "the epoch is witnessed");
    case "unwitnessed":
      return log.error(
        { epoch: event.epoch, missed: event.missed, why: event.why },
        "no quorum of witnesses saw the last epochs: entries are taken, and nobody outside holds us to them",
      );
    case "contradicted":
      return log.fatal(
        { witness: event.witness, submission: event.submission },
        "a witness saw another past of the audit log than this database has: see docs/runbooks/audit-log.md",
      );
    case "failed":
      return log.error(
        { err: event.error, what: event.what },
        "a copy or a timestamp of the audit log failed; it is tried again",
      );
  }
}
