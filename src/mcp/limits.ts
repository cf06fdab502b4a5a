/** Everything that is bounded at this surface. */
export const LIMITS = {
  /** Of a request's body. The largest arguments that a tool takes are a change of a few files. */
  bodyBytes: 4 * 1024 * 1024,
  /** Arrays and objects within each other. */
  depth: 32,
  /** Of all kinds, in a body. The largest change that is proposed in one call has a tenth of them. */
  values: 10_000,
  /** Requests of one agent: at once, and in a minute. Somebody who polls each second has room. */
  agent: { burst: 120, perMinute: 600 },
  /** Those of one agent that are larger than so many bytes, or do not say how large they are: each is megabytes of memory, and of reading. */
  large: { bytes: 256 * 1024, burst: 10, perMinute: 120 },
  /** Requests with a key that is none, of everybody together. */
  strangers: { burst: 100, perMinute: 300 },
  authorizationChars: 8_300,
  /** How long an answer is waited for at most. Longer, and proxies in between give up first. */
  waitMs: 25_000,
  /** How long a tool call over MCP is waited for before the agent gets a receipt. */
  callWaitMs: 20_000,
  progressMs: 5_000,
  toolName: 64,
  key: 200,
  session: 200,
} as const;
