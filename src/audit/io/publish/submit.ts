// The log's side of c2sp.org/tlog-witness: one checkpoint to one witness.

import { z } from "zod";
import {
  base64,
  formatVkey,
  parseSignatureLine,
  signatureLine,
  verifies,
  type Hash,
  type Note,
  type NoteSignature,
  type Witness,
} from "#verifier";
import type { Submission } from "../../witnessing.ts";
import { verifyEd25519 } from "../ed25519.ts";
import { sha256 } from "../sha256.ts";

export interface ToSubmit {
  /** The log's signed note, as it was signed. */
  readonly text: string;
  readonly note: Note;
  readonly size: number;
  /** The size that the witness is believed to have seen last. */
  readonly from: number;
  readonly consistency: (from: number) => Promise<readonly Hash[]>;
}

export interface SubmitParts {
  readonly fetch: typeof fetch;
  readonly timeoutMs: number;
}

const bytes = z.instanceof(Uint8Array);

/** A witness answers with a line or a number. Bytes. */
const MOST_ANSWERED = 64 * 1024;
/** Once for a wrong guess of its size, once for somebody who was faster in between. */
const TRIES = 3;

export async function submit(witness: Witness, url: string, given: ToSubmit, parts: SubmitParts): Promise<Submission> {
  let from = given.from;
  for (let tries = 0; tries < TRIES; tries++) {
    const proof = await given.consistency(from);
    const body = `old ${from}\n${proof.map((hash) => `${base64(hash)}\n`).join("")}\n${given.text}`;
    const answer = await post(`${url.replace(/\/+$/, "")}/add-checkpoint`, body, parts);
    if ("why" in answer) return { kind: "down", why: answer.why };
    switch (answer.status) {
      case 200:
        return cosignatureIn(witness, given.note, answer.text);
      case 409: {
        const size = sizeIn(answer.text);
        if (size === null) return { kind: "down", why: "it answered 409 without a size" };
        if (size > given.size) return { kind: "ahead", size };
        from = size;
        break;
      }
      case 422:
        return { kind: "inconsistent" };
      case 429:
        return { kind: "limited", retryAfterMs: answer.retryAfterMs };
      default:
        return answer.status >= 500
          ? { kind: "down", why: `it answered ${answer.status}` }
          : { kind: "refused", status: answer.status };
    }
  }
  return { kind: "down", why: "it answered 409 again and again" };
}

function sizeIn(text: string): number | null {
  const digits = /^(0|[1-9]\d{0,15})\n$/.exec(text)?.[1];
  return digits !== undefined && Number.isSafeInteger(Number(digits)) ? Number(digits) : null;
}

/** INVARIANT: nothing is kept that does not verify, whatever the witness's server says; lines of unknown keys are ignored. */
async function cosignatureIn(witness: Witness, note: Note, text: string): Promise<Submission> {
  const lines = text.split("\n").flatMap((line) => parseSignatureLine(line) ?? []);
  for (const signature of lines) {
    const verified = await verifies(sha256, verifyEd25519, { ...note, signatures: [signature] }, witness.key);
    if (verified.kind === "verified" && verified.time !== null && verified.time > 0)
      return { kind: "cosigned", line: lineOf(signature), time: verified.time };
  }
  return { kind: "down", why: `it answered without a cosignature of ${formatVkey(sha256, witness.key)}` };
}

const lineOf = ({ name, keyId, signature }: NoteSignature): string => signatureLine(name, keyId, signature);

type Answered =
  | { readonly status: number; readonly text: string; readonly retryAfterMs: number }
  | { readonly why: string };

async function post(url: string, body: string, { fetch, timeoutMs }: SubmitParts): Promise<Answered> {
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const answer = await fetch(url, { method: "POST", body, signal, redirect: "error" });
    const seconds = Number(answer.headers.get("retry-after") ?? "");
    return {
      status: answer.status,
      text: await limited(answer),
      retryAfterMs: Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : 0,
    };
  } catch (error) {
    return { why: error instanceof Error ? error.message : "it did not answer" };
  }
}

async function limited(answer: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of answer.body?.values() ?? []) {
    text += decoder.decode(bytes.parse(chunk), { stream: true });
    if (text.length > MOST_ANSWERED) throw new Error("its answer is larger than any honest one");
  }
  return text;
}
