const MIB = 1024 * 1024;

/** Sizes in bytes, times in milliseconds. */
export interface EgressLimits {
  readonly headerBytes: number;
  /** A pack that is pushed is the largest. */
  readonly requestBytes: number;
  /** A clone is the largest. */
  readonly responseBytes: number;
  /** A log that GitHub keeps elsewhere. */
  readonly storedBytes: number;
  /** No byte in either direction for so long. */
  readonly idleMs: number;
  /** Of one lease, at the same moment. */
  readonly requestsPerLease: number;
  readonly connections: number;
  /** How often a request under way looks whether its lease still lives. */
  readonly lookMs: number;
}

export const EGRESS_LIMITS: EgressLimits = {
  headerBytes: 16 * 1024,
  requestBytes: 512 * MIB,
  responseBytes: 2048 * MIB,
  storedBytes: 128 * MIB,
  idleMs: 20_000,
  requestsPerLease: 16,
  connections: 256,
  lookMs: 200,
};
