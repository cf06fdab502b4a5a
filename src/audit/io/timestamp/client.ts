// One token for each epoch's checkpoint, and a new one over the old before nobody can vouch for that any more.

import { randomBytes } from "node:crypto";
import { Fault, instantOfMillis } from "#kernel";
import type { RoleDatabase } from "#platform/postgres";
import { parseNote } from "#verifier";
import { expiringTimestamps, keepTimestamp, newestCheckpoint, timestampsOf } from "../publish/records.ts";
import { judgeAnswer, timestampRequest, type Token } from "./token.ts";

export interface TimestampParts {
  readonly database: RoleDatabase<"sequencer">;
  /** Of the authority (RFC 3161 over HTTP). */
  readonly url: string;
  /** DER of the certificates that may vouch for it. */
  readonly trusted: readonly Uint8Array[];
  readonly fetch: typeof fetch;
  readonly timeoutMs: number;
  /** Milliseconds since the Unix epoch. */
  readonly clock: () => number;
}

export interface Timestamping {
  /** Resolves to the epoch that got its token; null: it has one, or there is none. Rejects when the authority refuses. */
  stampNewest(): Promise<number | null>;
  /** Renews what expires soon. Resolves to how many. */
  renew(): Promise<number>;
}

const MOST_ANSWERED = 1024 * 1024;
const NONCE_BYTES = 16;
/** Well before the end: an authority may be away for weeks, and after the end nothing can be renewed. */
export const RENEW_BEFORE_MS = 60 * 24 * 60 * 60_000;
const RENEWALS_IN_A_ROUND = 50;

export function createTimestamping(parts: TimestampParts): Timestamping {
  const { database, clock } = parts;

  async function ask(data: Uint8Array): Promise<Token> {
    const nonce = randomBytes(NONCE_BYTES);
    const answer = await post(parts, timestampRequest(data, nonce));
    const judged = await judgeAnswer(answer, { data, nonce }, parts.trusted);
    if (judged.kind === "token") return judged;
    throw new Fault("anchor_unavailable", `The timestamp of ${parts.url} is not believed: ${judged.why}.`);
  }

  return {
    async stampNewest() {
      const newest = await database.transaction(newestCheckpoint);
      if (newest === null) return null;
      const { epoch } = newest;
      if ((await database.transaction((tx) => timestampsOf(tx, epoch))).length > 0) return null;
      const token = await ask(stampedText(newest.note));
      await database.transaction((tx) => keepTimestamp(tx, { ...rowOf(token), epoch, generation: 0 }));
      return epoch;
    },
    async renew() {
      const now = clock();
      const soon = await database.transaction((tx) =>
        expiringTimestamps(
          tx,
          { from: instantOfMillis(now), to: instantOfMillis(now + RENEW_BEFORE_MS) },
          RENEWALS_IN_A_ROUND,
        ),
      );
      let renewed = 0;
      for (const old of soon) {
        const token = await ask(old.token);
        // The authority still uses the certificate that ends: there is nothing to gain yet.
        if (token.expiresAt <= old.expiresAt) break;
        const { epoch, generation } = old;
        await database.transaction((tx) => keepTimestamp(tx, { ...rowOf(token), epoch, generation: generation + 1 }));
        renewed += 1;
      }
      return renewed;
    },
  };
}

/** What a token is over: the checkpoint's text, which stays the same whoever signs below it. */
export function stampedText(note: string): Uint8Array {
  const parsed = parseNote(note);
  if (parsed.kind === "malformed") throw new Fault("invariant_broken", "A checkpoint is no note.");
  return new TextEncoder().encode(parsed.body);
}

const rowOf = ({ bytes, stampedAt, expiresAt, authority }: Token) => ({
  token: bytes,
  stampedAt,
  expiresAt,
  authority,
});

async function post({ url, fetch, timeoutMs }: TimestampParts, request: Uint8Array): Promise<Uint8Array> {
  const lost = (why: string, cause?: unknown): Fault =>
    new Fault("anchor_unavailable", `The timestamp authority at ${url} ${why}.`, { cause });
  let answer: Response;
  let bytes: Uint8Array;
  try {
    answer = await fetch(url, {
      method: "POST",
      body: Uint8Array.from(request),
      headers: { "content-type": "application/timestamp-query" },
      signal: AbortSignal.timeout(timeoutMs),
      redirect: "error",
    });
    bytes = await answer.bytes();
  } catch (error) {
    throw lost("does not answer", error);
  }
  if (answer.status !== 200 || bytes.length > MOST_ANSWERED) throw lost(`answered ${answer.status}`);
  return bytes;
}
