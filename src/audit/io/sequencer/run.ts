// Keeps one sequencer alive among however many processes: takes the name, works, and stands by again when it was lost.

import sql from "sql-template-tag";
import { z } from "zod";
import { Fault } from "#kernel";
import { DatabaseFault, type Hold } from "#platform/postgres";
import { createPulse, type Pulse } from "../pulse.ts";
import { openSequencer, type OpenSequencer, type SequencerParts } from "./open.ts";
import { Fenced } from "./place.ts";
import { compareWithSigner } from "./signing.ts";

/** What a person must hear of. Said once for each time it begins. */
export type SequencerAlarm =
  | { readonly kind: "clock"; readonly message: string }
  | { readonly kind: "restored"; readonly message: string }
  | { readonly kind: "diverged"; readonly message: string }
  | { readonly kind: "unsigned"; readonly message: string; readonly error: unknown }
  | { readonly kind: "failed"; readonly message: string; readonly error: unknown };

export interface RunParts extends SequencerParts {
  readonly epochEveryMs: number;
  readonly onAlarm: (alarm: SequencerAlarm) => void;
}

export interface RunningSequencer {
  /** Something was committed that waits for its place. */
  wake(): void;
  /** Beats when entries got places and when an epoch was signed. */
  readonly progress: Pulse;
  /** The database is not the one whose log was signed: an older backup beneath a running server, most often. Until it is again. */
  diverged(): boolean;
  /** Ends what is under way and lets go. */
  stop(): Promise<void>;
}

/** One for a database. */
const NAME = "countersign audit sequencer";
const STAND_BY_MS = 1_000;
const DIVERGED_MS = 60_000;
const BUSY_MS = 1;
const IDLE_MS = 250;
const SIGNER_RETRY_MS = 5_000;
const MISSED_EPOCHS = 2;

interface Term {
  over: boolean;
  /** Ends the waits of both loops. */
  readonly end: Pulse;
}

export function runSequencer(parts: RunParts): RunningSequencer {
  const hint = createPulse();
  const progress = createPulse();
  const ends = createPulse();
  let stopped = false;
  let apart = false;
  let term: Term | null = null;

  const endTerm = (one: Term): void => {
    one.over = true;
    one.end.beat();
    hint.beat();
  };

  async function stand(): Promise<void> {
    while (!stopped) {
      let pause = STAND_BY_MS;
      try {
        const hold = await parts.database.hold(NAME);
        if (hold !== null) await reign(hold);
      } catch (error) {
        apart ||= isDivergence(error);
        pause = complain(parts, error);
      }
      if (!stopped) await ends.wait(pause);
    }
  }

  async function reign(hold: Hold): Promise<void> {
    const mine: Term = { over: stopped, end: createPulse() };
    term = mine;
    void hold.lost.then(() => endTerm(mine));
    try {
      const sequencer = await openSequencer(parts);
      if (sequencer.restored)
        parts.onAlarm({
          kind: "restored",
          message: "The database was restored into another cluster: the audit log goes on as a new incarnation.",
        });
      const loops = [batches(mine, sequencer), epochs(mine, sequencer)];
      for (const loop of loops) loop.catch(() => endTerm(mine));
      const ended = await Promise.allSettled(loops);
      for (const one of ended) if (one.status === "rejected") throw one.reason;
    } finally {
      term = null;
      await hold.release();
    }
  }

  async function batches(mine: Term, sequencer: OpenSequencer): Promise<void> {
    let pause = BUSY_MS;
    let stepped = false;
    while (!mine.over) {
      const batch = await sequencer.batch();
      if (batch.kind === "clock") {
        if (!stepped)
          parts.onAlarm({
            kind: "clock",
            message: "The database's clock went back. Entries are taken and get no place until it has caught up.",
          });
        stepped = true;
        pause = STAND_BY_MS;
      } else {
        stepped = false;
        if (batch.entries > 0) progress.beat();
        if (batch.more) continue;
        pause = batch.entries > 0 ? BUSY_MS : Math.min(pause * 2, IDLE_MS);
      }
      if (!mine.over) await hint.wait(pause);
    }
  }

  async function epochs(mine: Term, sequencer: OpenSequencer): Promise<void> {
    let compared = false;
    let failingSince: number | null = null;
    let told = false;
    let pause = 0;
    while (!mine.over) {
      if (pause > 0) await mine.end.wait(pause);
      if (mine.over) return;
      try {
        if (!compared) {
          // At once, and not when the next epoch is due: the connection may have ended because the database was exchanged.
          await compareWithSigner(parts.database, parts.signer);
          compared = true;
          apart = false;
          pause = await dueIn(parts);
          if (pause > 0) continue;
        }
        await sequencer.epoch();
        progress.beat();
        failingSince = null;
        told = false;
        pause = parts.epochEveryMs;
      } catch (error) {
        if (!isSigners(error)) throw error;
        failingSince ??= parts.now();
        if (!told && parts.now() - failingSince >= MISSED_EPOCHS * parts.epochEveryMs) {
          told = true;
          parts.onAlarm({
            kind: "unsigned",
            message: `No checkpoint was signed for ${MISSED_EPOCHS} epochs. Entries are taken and get their places; nobody outside can hold us to them until the signer is back.`,
            error,
          });
        }
        pause = Math.min(parts.epochEveryMs, SIGNER_RETRY_MS);
      }
    }
  }

  const running = stand();
  return {
    wake: hint.beat,
    progress,
    diverged: () => apart,
    async stop() {
      stopped = true;
      if (term !== null) endTerm(term);
      ends.beat();
      await running;
    },
  };
}

/** The signer is away; anything else that goes wrong in an epoch ends the term. */
const isSigners = (error: unknown): boolean =>
  !(error instanceof Fenced) &&
  !(error instanceof DatabaseFault) &&
  !isDivergence(error) &&
  !(error instanceof Fault && error.code === "invariant_broken");

const isDivergence = (error: unknown): error is Fault => error instanceof Fault && error.code === "log_diverged";

/** Returns how long to stand by. */
function complain(parts: RunParts, error: unknown): number {
  if (error instanceof Fenced) return STAND_BY_MS;
  if (isDivergence(error)) {
    parts.onAlarm({ kind: "diverged", message: error.message });
    return DIVERGED_MS;
  }
  parts.onAlarm({ kind: "failed", message: "The sequencer failed and begins again.", error });
  return STAND_BY_MS;
}

/** From the last epoch on, by the database's clock: a restart makes no epoch early or late. */
async function dueIn(parts: RunParts): Promise<number> {
  const { past } = await parts.database.transaction((tx) =>
    tx.one(
      sql`select least(coalesce(extract(epoch from clock_timestamp() - max(committed_at)) * 1000, ${parts.epochEveryMs}), ${parts.epochEveryMs})::int as past
        from audit.epoch where epoch = (select max(epoch) from audit.epoch)`,
      z.object({ past: z.int() }),
    ),
  );
  return Math.max(0, parts.epochEveryMs - past);
}
