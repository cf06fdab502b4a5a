import type { Channel } from "./types.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** A token bucket: one each `everyMs`, and `burst` at once. Of one client at one provider. */
export interface Pace {
  readonly everyMs: number;
  readonly burst: number;
}

export const limits = {
  /** Looked at in one statement. Under a backlog most of them only get their turn. */
  claim: 500,
  /** On their way at the same moment, of one process. */
  atOnce: 16,
  /** Of these, of one client at one provider: who answers slowly, or not at all, holds up no other. */
  lane: 4,
  /** Nothing that is due waits longer until somebody looks, also where no knock is heard. */
  lookMs: SECOND,
  /** Whoever claims a notice has it for himself that long: longer than everything that a send may take. */
  holdMs: 2 * MINUTE,
  /** A provider that does not answer by then. */
  sendMs: 30 * SECOND,
  /** Tries that the provider did not take, until it is given up and a person is told: about two days. */
  tries: 24,
  backOffMs: 5 * SECOND,
  backOffAtMostMs: 4 * HOUR,
  /** A credential that is not set is looked for again; nothing is lost meanwhile. */
  credentialMs: 15 * MINUTE,
  credentialAtMostMs: 14 * 24 * HOUR,
  /** A provider forgets an idempotency key after 24 hours: what may have been sent before is not sent again after this. */
  idempotentMs: 23 * HOUR,
  /** Loop guard: of one ticket, in a day, over all channels. */
  perTicket: 20,
  dayMs: 24 * HOUR,
  /** Characters of a message. Slack's blocks and GitHub's comments hold less than a mail. */
  text: 20_000,
  /** Bytes of a provider's or receiver's answer that are read. */
  answer: 16_384,
} as const;

/** What providers bear: Resend two a second, Slack one a second in a channel, GitHub one write a second. */
export const PACES: Readonly<Record<Channel, Pace>> = {
  github: { everyMs: 1_000, burst: 20 },
  slack: { everyMs: 1_000, burst: 20 },
  mail: { everyMs: 500, burst: 20 },
  webhook: { everyMs: 50, burst: 100 },
};
