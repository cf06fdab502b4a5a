// The leaf of the public epoch log: everything a monitor needs that must not stand in a checkpoint's extension lines.

import { iso, type Instant } from "#kernel";
import { canonicalBytes, hex, type Hash } from "#verifier";

export type EpochEvent =
  /** The old key signs the new one in (audit.md, case 28). Verifier keys; base64 signatures. */
  | {
      readonly kind: "key.rotated";
      readonly from: string;
      readonly to: string;
      readonly byOld: string;
      readonly byNew: string;
    }
  /** From here on the guards' fingerprint is expected to be this. */
  | { readonly kind: "guards.expected"; readonly fingerprint: string }
  | { readonly kind: "break_glass"; readonly entry: string }
  /** The database was restored: transaction ids before and after are not comparable. */
  | { readonly kind: "incarnation"; readonly value: number };

export interface EpochFacts {
  /** Its number, and its index in the epoch log. */
  readonly epoch: number;
  /** The database's clock. */
  readonly time: Instant;
  readonly slots: { readonly root: Hash; readonly size: number };
  /** Logs that have a slot, the platform's own among them. */
  readonly tenants: number;
  /** Of the guards in the catalog, and what it should be; "" where there is none. */
  readonly fingerprint: string;
  readonly expected: string;
  /** The database's clock less the sequencer's, in whole milliseconds. */
  readonly skewMs: number;
  readonly build: string;
  readonly events: readonly EpochEvent[];
  /** SHA-256 of the previous epoch checkpoint's body, lower-case hexadecimal; "" for the first. */
  readonly previous: string;
}

export const epochBytes = (facts: EpochFacts): Uint8Array =>
  canonicalBytes({
    v: 1,
    epoch: facts.epoch,
    time: iso(facts.time),
    slots: { root: hex(facts.slots.root), size: facts.slots.size },
    tenants: facts.tenants,
    fingerprint: facts.fingerprint,
    expected: facts.expected,
    skewMs: facts.skewMs,
    build: facts.build,
    events: facts.events.map((event) => ({ ...event })),
    previous: facts.previous,
  });
