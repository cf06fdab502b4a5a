// Several statements in one write and one answer: with short statements, going to the database and back costs more than what it does.

import pg from "pg";
import type { Sql } from "sql-template-tag";
import { Fault } from "#kernel";
import { rowTypes } from "./pool.ts";

export type Row = Record<string, unknown>;
export type Asked = Pick<Sql, "text" | "values">;

/** Statements of one transaction, in their order, over one connection. What is said before anything is waited for goes in one write. */
export interface Line {
  ask(statement: Asked): Promise<pg.QueryResult<Row>>;
  /** Nobody waits for its answer: it goes with what is asked next. */
  later(statement: Asked): void;
  /** INVARIANT: what was begun in a transaction and goes on after it asks nothing over a connection that is somebody else's by then. */
  end(): void;
}

/** What the connection tells whoever has sent something over it (pg's own `Query`, whose types leave that out). */
interface Told {
  submit(connection: pg.Connection): void;
  handleRowDescription(message: unknown): void;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, connection: pg.Connection): void;
  handleReadyForQuery(connection: pg.Connection): void;
  handleCopyInResponse(connection: pg.Connection): void;
}

type Answers = readonly pg.QueryResult<Row>[];
type Answered = (error: Error | null, answers: Answers) => void;

const isTold = (query: object): query is Told => "handleReadyForQuery" in query && "handleCommandComplete" in query;

function toldOf(
  { text, values }: Asked,
  answered: (error: Error | undefined, answer: pg.QueryResult<Row>) => void,
): Told {
  const config = { text, values: [...values], types: rowTypes, queryMode: "extended" };
  const query: object = new pg.Query<Row>(config, answered);
  if (!isTold(query)) throw new Fault("invariant_broken", "The driver's query has another shape.");
  return query;
}

/**
 * The driver's own queries, one behind the other before one Sync: PostgreSQL leaves out what follows one that failed, and the failure is the
 * answer to all. INVARIANT: no statement has a name: a prepared statement outlives its transaction, and an injected one that took the name
 * would be what the next tenant executes (case 54).
 */
class Batch {
  /** Read by the driver: who has one is answered through it. */
  readonly callback: Answered;
  readonly #queries: readonly Told[];
  readonly #answers: pg.QueryResult<Row>[] = [];
  #unread: Error | null = null;
  #at = 0;

  constructor(statements: readonly Asked[], answered: Answered) {
    this.callback = answered;
    this.#queries = statements.map((statement) =>
      toldOf(statement, (error, answer) => {
        if (error == null) this.#answers.push(answer);
        else this.#unread = error;
      }),
    );
  }

  submit(connection: pg.Connection): void {
    const unsynced: unknown = Object.create(connection, { sync: { value: () => {} } });
    if (!(unsynced instanceof pg.Connection))
      throw new Fault("invariant_broken", "A connection of the driver is none.");
    connection.stream.cork();
    try {
      for (const query of this.#queries) query.submit(unsynced);
      connection.sync();
    } finally {
      connection.stream.uncork();
    }
  }

  handleRowDescription(message: unknown): void {
    this.#queries[this.#at]?.handleRowDescription(message);
  }

  handleDataRow(message: unknown): void {
    this.#queries[this.#at]?.handleDataRow(message);
  }

  handleCommandComplete(message: unknown, connection: pg.Connection): void {
    this.#queries[this.#at]?.handleCommandComplete(message, connection);
    this.#at += 1;
  }

  handleEmptyQuery(): void {
    this.#at += 1;
  }

  handleCopyInResponse(connection: pg.Connection): void {
    this.#queries[this.#at]?.handleCopyInResponse(connection);
  }

  handleCopyData(): void {}

  handleError(error: Error): void {
    this.callback(error, []);
  }

  handleReadyForQuery(connection: pg.Connection): void {
    for (const query of this.#queries) query.handleReadyForQuery(connection);
    this.callback(this.#unread, this.#answers);
  }
}

/** All of them, or the failure of one. */
const exchange = (client: pg.ClientBase, statements: readonly Asked[]): Promise<Answers> =>
  new Promise((resolve, reject) => {
    client.query(new Batch(statements, (error, answers) => (error === null ? resolve(answers) : reject(error))));
  });

interface Waiting {
  readonly statement: Asked;
  readonly answered: ReturnType<typeof Promise.withResolvers<pg.QueryResult<Row>>> | null;
}

/** `opening` goes before the first statement; `opened` gets its last answer. */
export function lineOn(
  client: pg.ClientBase,
  opening: readonly Asked[] = [],
  opened: (answer: pg.QueryResult<Row>) => void = () => {},
): Line {
  let waiting: readonly Waiting[] = [];
  let begun = opening.length === 0;
  let called = false;
  let over = false;

  async function flush(): Promise<void> {
    called = false;
    const all = waiting;
    const first = begun ? [] : opening;
    waiting = [];
    begun = true;
    try {
      if (over) throw new Fault("invariant_broken", "A statement was asked for after its transaction.");
      const answers = await sent([...first, ...all.map(({ statement }) => statement)]);
      const last = answers[first.length - 1];
      if (last !== undefined) opened(last);
      for (const [at, { answered }] of all.entries()) {
        const own = answers[first.length + at];
        if (own !== undefined) answered?.resolve(own);
      }
    } catch (error) {
      for (const { answered } of all) answered?.reject(error);
    }
  }

  async function sent(statements: readonly Asked[]): Promise<Answers> {
    const [only, ...more] = statements;
    // The driver's own way: shorter where there are no values.
    if (only !== undefined && more.length === 0)
      return [await client.query<Row>({ text: only.text, values: [...only.values] })];
    return exchange(client, statements);
  }

  return {
    ask(statement) {
      const answered = Promise.withResolvers<pg.QueryResult<Row>>();
      waiting = [...waiting, { statement, answered }];
      // When everything that can go on without an answer has gone on: after promises that are resolved already.
      if (!called) process.nextTick(() => void flush());
      called = true;
      return answered.promise;
    },
    later(statement) {
      waiting = [...waiting, { statement, answered: null }];
    },
    end: () => void (over = true),
  };
}
