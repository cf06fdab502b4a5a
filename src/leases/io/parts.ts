// What a broker is given of time, and what it says to its process.

import type { Instant } from "#kernel";
import type { Lease } from "./lease.ts";

export interface BrokerClock {
  /** Milliseconds; cannot be set. */
  readonly monotonic: () => number;
  readonly wall: () => Instant;
  readonly pause: (ms: number) => Promise<void>;
}

export interface BrokerEvents {
  readonly onFault: (error: unknown) => void;
  /** Somebody has to look: it may live until its provider ends it. */
  readonly onIrrevocable: (lease: Lease) => void;
}
