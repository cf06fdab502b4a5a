/** Everything that is bounded, in one place; docs/sql-guard.md shows the same numbers. */
export const LIMITS = {
  /** Of the statement, in UTF-8 bytes: PostgreSQL's parser overflows its stack at 24 KB of `1+1+…`. */
  textBytes: 16 * 1024,
  /** Of a migration file. */
  fileCharacters: 1024 * 1024,
  /** Nodes of the tree above one another. */
  depth: 250,
  nodes: 20_000,
  /** What a length or a count written in a statement may be (repeat, lpad, char(n), ...). */
  literal: 1_000_000,
  /** A statement with more offences than this is refused with the first of them. */
  refusals: 50,
  /** The parser's time for one statement; a worker that needs more is replaced. */
  parseMs: 2_000,
  /** For starting a worker. */
  loadMs: 20_000,
  /** A worker is replaced after this many statements. */
  parsesPerWorker: 5_000,
  waitingParses: 256,
  /** Processes of SQLite at once, each of up to 256 MiB, and questions that wait for one. */
  sqliteProcesses: 4,
  sqliteWaiting: 32,
  /** Views inside views. */
  viewDepth: 12,
  /** Views, policies and checks looked at for one statement. */
  bodies: 200,
} as const;
