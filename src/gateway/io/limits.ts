import { PACKET_MS } from "../packet-bytes.ts";

/** Milliseconds unless the name says otherwise. */
export const limits = {
  /** From the intent in the log to the packet: who comes later signs nothing, and somebody else has ended the call. */
  signWithin: 30_000,
  /** Added to a packet's life and the tool's wall time before a call that is not heard of counts as lost. */
  slack: 30_000,
  /** A call without a verdict for this long was left by a process that died. Longer than reading GitHub takes. */
  undecided: 180_000,
  /** How long after a kill the doer's own word is waited for. */
  afterKill: 900,
  /** Calls of one tenant that are taken in, or looked at, at the same moment: one goes, and the next is ready. */
  atOnce: 2,
  look: 1_000,
  /** Characters of its arguments that are kept of a call that is refused as it comes in. */
  keptOfRefused: 64 * 1024,
  /** Between two looks at a call that another process carries out. */
  poll: 250,
  /** How long what an agent read taints what it writes, where it names no session. */
  sessionHours: 24,
  /** Calls that one sweep looks at. */
  sweep: 200,
  /** Characters of a result. */
  result: 1024 * 1024,
} as const;

/** How long after its intent a call that the doer says nothing about is lost. By then no doer is at it any more. */
export const lostAfter = (wallMs: number): number => limits.signWithin + PACKET_MS + wallMs + limits.slack;
