// What a tool's own code is given, and what it answers.

import type { Json } from "#kernel";
import type { DoerOutcome, Packet } from "#gateway";
import type { LeaseScope } from "#leases";
import type { SandboxJob, SandboxOutcome } from "#sandbox";

/** A lease while it lives. It is finished when the work that it was for is, however that went. */
export interface HeldLease {
  readonly handle: string;
  /** `http://127.0.0.1:port` of the broker's proxy. */
  readonly proxy: string | null;
}

/** INVARIANT: all that an execution can touch. Each part ends when the signal does. */
export interface Bench {
  readonly packet: Packet;
  /** Killed, out of time, or this doer has lost its place. */
  readonly signal: AbortSignal;
  /** INVARIANT X14: 60 seconds, or until the work is done. */
  lease<T>(scope: LeaseScope, work: (held: HeldLease) => Promise<T>): Promise<T>;
  sandbox(job: SandboxJob, input?: Uint8Array): Promise<SandboxOutcome>;
}

/** `killed` is nobody's to answer but the doer's. */
export type ToolAnswer = Exclude<DoerOutcome, { readonly kind: "killed" }>;
export type ToolWork = (bench: Bench) => Promise<ToolAnswer>;

/** What the world did not give, for an answer: no fault of the program's. `cause`: what a person reads about it in the log, and no agent. */
export class Unable extends Error {
  readonly next: string;

  constructor(why: string, next: string, cause?: Error) {
    super(why, cause === undefined ? {} : { cause });
    this.name = "Unable";
    this.next = next;
  }
}

export const done = (summary: string, result: Json): ToolAnswer => ({ kind: "done", result, summary });
/** Whether it was done nobody knows. `why` in our own words: nobody screens it as somebody else's. */
export const unknown = (why: string, next: string): ToolAnswer => ({ kind: "unknown", why, next });
export const unable = (why: string, next = "Change the call, or ask a person."): ToolAnswer => ({
  kind: "refused",
  why,
  next,
});
