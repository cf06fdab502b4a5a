// One round: the newest checkpoint to every witness of the policy that has not cosigned it, what they say kept, and judged.

import { Fault } from "#kernel";
import type { RoleDatabase } from "#platform/postgres";
import { describeQuorum, formatVkey, parseNote, type Policy, type Witness } from "#verifier";
import { judgeWitnessing, waitMs, type Submission, type Witnessing } from "../../witnessing.ts";
import { EPOCHS } from "../../proof.ts";
import { sha256 } from "../sha256.ts";
import { consistencyProof } from "../tiles.ts";
import {
  cosignaturesOf,
  keepCosignature,
  keepWitnessed,
  lastCosigned,
  lastWitnessed,
  newestCheckpoint,
  type EpochCheckpoint,
} from "./records.ts";
import { submit, type SubmitParts } from "./submit.ts";

export interface WitnessingParts extends SubmitParts {
  readonly database: RoleDatabase<"sequencer">;
  readonly policy: Policy;
  /** Milliseconds since the Unix epoch. */
  readonly clock: () => number;
}

export interface WitnessState {
  readonly name: string;
  /** null: not asked since this process began. */
  readonly last: Submission | null;
}

export interface Round {
  readonly epoch: number;
  readonly witnessing: Witnessing;
  readonly witnesses: readonly WitnessState[];
}

interface Standing {
  last: Submission | null;
  failures: number;
  notBefore: number;
}

/** The answer is called once for each look; null while there is no checkpoint. Never blocks an append: it only reads and adds. */
export function createWitnessing(parts: WitnessingParts): () => Promise<Round | null> {
  const { database, policy, clock } = parts;
  const standing = new Map<Witness, Standing>();
  const standingOf = (witness: Witness): Standing => {
    const found = standing.get(witness) ?? { last: null, failures: 0, notBefore: 0 };
    standing.set(witness, found);
    return found;
  };

  async function ask(witness: Witness, url: string, checkpoint: EpochCheckpoint): Promise<void> {
    const now = standingOf(witness);
    if (clock() < now.notBefore) return;
    const note = parseNote(checkpoint.note);
    if (note.kind === "malformed") throw new Fault("invariant_broken", `Checkpoint ${checkpoint.epoch} is no note.`);
    const vkey = formatVkey(sha256, witness.key);
    const seen = await database.transaction((tx) => lastCosigned(tx, vkey));
    const size = checkpoint.epoch + 1;
    const submission = await submit(
      witness,
      url,
      {
        text: checkpoint.note,
        note,
        size,
        from: seen === null ? 0 : seen + 1,
        consistency: (from) => database.transaction((tx) => consistencyProof(tx, EPOCHS, from, size)),
      },
      parts,
    );
    if (submission.kind === "cosigned") {
      const { line, time } = submission;
      await database.transaction((tx) => keepCosignature(tx, { epoch: checkpoint.epoch, witness: vkey, line, time }));
    }
    now.last = submission;
    now.failures = submission.kind === "cosigned" ? 0 : now.failures + 1;
    now.notBefore = clock() + waitMs(submission, now.failures);
  }

  async function cosigners(epoch: number): Promise<ReadonlySet<Witness>> {
    const kept = new Set((await database.transaction((tx) => cosignaturesOf(tx, epoch))).map((one) => one.witness));
    return new Set(policy.witnesses.filter((witness) => kept.has(formatVkey(sha256, witness.key))));
  }

  return async () => {
    const checkpoint = await database.transaction(newestCheckpoint);
    if (checkpoint === null) return null;
    const before = await cosigners(checkpoint.epoch);
    const open = policy.witnesses.filter((witness) => !before.has(witness));
    await Promise.all(
      open.map((witness) => (witness.url === null ? Promise.resolve() : ask(witness, witness.url, checkpoint))),
    );
    const cosigned = open.length === 0 ? before : await cosigners(checkpoint.epoch);
    const known = await database.transaction(lastWitnessed);
    const witnessing = judgeWitnessing({ policy, epoch: checkpoint.epoch, cosigned, lastWitnessed: known });
    if (witnessing.kind === "witnessed" && known !== checkpoint.epoch)
      await database.transaction((tx) => keepWitnessed(tx, checkpoint.epoch, describeQuorum(policy.quorum)));
    return {
      epoch: checkpoint.epoch,
      witnessing,
      witnesses: policy.witnesses.map((witness) => ({ name: witness.name, last: standing.get(witness)?.last ?? null })),
    };
  };
}
