// What became of a call, for the person who was asked about it.

import type { CallId } from "#kernel";
import type { Keys } from "#keys/io";
import type { TenantTx } from "#platform/postgres";
import { findCall, openAnswer } from "./rows.ts";

export interface Became {
  readonly done: boolean;
  /** Whole sentences. */
  readonly text: string;
}

/** null: it has not ended, or what it was answered was erased. */
export async function becameOf(keys: Keys, tx: TenantTx, id: CallId): Promise<Became | null> {
  const call = await findCall(tx, id);
  const answer = call === null ? null : await openAnswer(keys, tx, call);
  switch (answer?.kind) {
    case "done":
      return { done: true, text: answer.summary };
    case "refused":
    case "failed":
      return { done: false, text: `${answer.why} ${answer.next}` };
    case "explained":
    case "pending":
    case "running":
    case undefined:
      return null;
  }
}
