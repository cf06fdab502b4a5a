// What happens to an epoch once it is signed: witnesses, timestamp, copies. Each goes its own way: one that is down holds up
// none of the others, and none of them an entry (audit.md, case 26).

import { PLATFORM_LOG, type Json } from "#kernel";
import type { Database } from "#platform/postgres";
import type { NewEntry } from "../../types.ts";
import type { Submission } from "../../witnessing.ts";
import type { Append } from "../audit.ts";
import type { Timestamping } from "../timestamp/client.ts";
import type { Round } from "./witnessing.ts";

export interface PublisherParts {
  readonly witnessing: (() => Promise<Round | null>) | null;
  readonly timestamping: Timestamping | null;
  readonly directory: (() => Promise<number | null>) | null;
  readonly git: (() => Promise<number | null>) | null;
  /** Writes into the platform's own log. */
  readonly note: (entry: PlatformEntry) => Promise<void>;
  readonly onEvent: (event: PublisherEvent) => void;
}

export type PublisherEvent =
  | { readonly kind: "witnessed"; readonly epoch: number }
  /** At the second epoch in a row without its quorum, and until there is one again. */
  | { readonly kind: "unwitnessed"; readonly epoch: number; readonly missed: number; readonly why: readonly string[] }
  /** A witness saw another past than ours, or more of it. */
  | { readonly kind: "contradicted"; readonly witness: string; readonly submission: Submission }
  | { readonly kind: "failed"; readonly what: PublisherPart; readonly error: unknown };
export type PublisherPart =
  | "witnesses"
  | "platform's log"
  | "timestamp"
  | "renewal of timestamps"
  | "directory"
  | "git";

/** An entry about the log itself, in slot 0. */
export interface PlatformEntry {
  readonly kind: "audit.unwitnessed" | "audit.contradicted";
  readonly outcome: "failure" | "recovered";
  readonly body: Json;
}

export interface Publisher {
  /** One look: witnesses, then the timestamp and the directory. Resolves when all have answered or failed. */
  publish(): Promise<void>;
  /** The copy in the git repository, at its own slower pace. */
  push(): Promise<void>;
  renew(): Promise<void>;
  /** Of the last look; null before it. What a metric or a doctor shows. */
  state(): Round | null;
}

export function createPublisher(parts: PublisherParts): Publisher {
  const { onEvent } = parts;
  /** Oldest first: what the platform's own log could not be told yet. */
  const untold: PlatformEntry[] = [];
  let last: Round | null = null;
  let alarmed = false;
  const contradicting = new Set<string>();
  const failing = new Set<PublisherPart>();

  /** INVARIANT: an alarm is one entry, also when the log is away as it begins: it waits for it. */
  async function tell(): Promise<void> {
    for (let next = untold[0]; next !== undefined; next = untold[0]) {
      await parts.note(next);
      untold.shift();
    }
  }

  /** Said when it begins, and not again with each try. */
  async function guarded(what: PublisherPart, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
      failing.delete(what);
    } catch (error) {
      if (!failing.has(what)) onEvent({ kind: "failed", what, error });
      failing.add(what);
    }
  }

  async function witness(): Promise<void> {
    const round = (await parts.witnessing?.()) ?? null;
    if (round === null) return;
    const before = last;
    last = round;
    for (const { name, last: submission } of round.witnesses) contradiction(name, submission);
    const { witnessing, epoch } = round;
    if (witnessing.kind === "witnessed") {
      if (before?.epoch !== epoch || before.witnessing.kind !== "witnessed") onEvent({ kind: "witnessed", epoch });
      if (alarmed) untold.push({ kind: "audit.unwitnessed", outcome: "recovered", body: { epoch } });
      alarmed = false;
      return;
    }
    if (!witnessing.alarm || alarmed) return;
    alarmed = true;
    const why = round.witnesses.map((one) => `${one.name}: ${told(one.last)}`);
    const { missed } = witnessing;
    onEvent({ kind: "unwitnessed", epoch, missed, why });
    untold.push({ kind: "audit.unwitnessed", outcome: "failure", body: { epoch, missed, why } });
  }

  function contradiction(name: string, submission: Submission | null): void {
    const contradicts = submission?.kind === "inconsistent" || submission?.kind === "ahead";
    if (!contradicts) {
      if (submission?.kind === "cosigned") contradicting.delete(name);
      return;
    }
    if (contradicting.has(name)) return;
    contradicting.add(name);
    onEvent({ kind: "contradicted", witness: name, submission });
    untold.push({ kind: "audit.contradicted", outcome: "failure", body: { witness: name, why: told(submission) } });
  }

  return {
    async publish() {
      await guarded("witnesses", witness);
      await guarded("platform's log", tell);
      await Promise.all([
        guarded("timestamp", async () => parts.timestamping?.stampNewest()),
        guarded("directory", async () => parts.directory?.()),
      ]);
    },
    push: () => guarded("git", async () => parts.git?.()),
    renew: () => guarded("renewal of timestamps", async () => parts.timestamping?.renew()),
    state: () => last,
  };
}

export function told(submission: Submission | null): string {
  if (submission === null) return "not asked yet";
  switch (submission.kind) {
    case "cosigned":
      return "cosigned";
    case "ahead":
      return `it has seen ${submission.size} epochs, which are more than this database has`;
    case "inconsistent":
      return "what this database has does not extend what it has seen";
    case "refused":
      return `it answered ${submission.status}: it does not know this log, or not this key of it`;
    case "limited":
      return "it asks to wait";
    case "down":
      return submission.why;
  }
}

/** Entries about the log, in the log: through the platform's own tenant. */
export function platformNotes(deps: {
  readonly database: Database;
  readonly append: Append;
  readonly observer: NewEntry["observer"];
}): PublisherParts["note"] {
  return async ({ kind, outcome, body }) => {
    const claim = await deps.database.claimFor(PLATFORM_LOG);
    if (claim === null) return;
    const { observer } = deps;
    const target = { type: "log", id: "epochs" } as const;
    await deps.database.withTenant(claim, (tx) =>
      deps.append(tx, { kind, outcome, observer, initiator: observer, target, requestId: `publish:${kind}`, body }),
    );
  };
}
