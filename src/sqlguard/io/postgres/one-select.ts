// One statement through the extended protocol, with caps. The driver's own query would send text without values by the SIMPLE
// protocol, in which one message may hold several statements.

import pg from "pg";
import { HIDDEN } from "../../masks.ts";
import type { Column, Outcome, RunLimits, Truncation } from "../../result.ts";
import { serverError } from "../../server-error.ts";

interface Field {
  readonly name: string;
  readonly dataTypeID: number;
  readonly tableID: number;
  readonly columnID: number;
}

/** Decides when the server has said what the columns are, before the first row. */
export type Hides = (position: number, column: Field) => boolean;

/** Resolves when the server is ready again, refused, or when the bytes are used up and the connection was cut. Rejects when it is lost. */
export class OneSelect implements pg.Submittable {
  readonly done: Promise<Outcome>;
  readonly #text: string;
  readonly #limits: Pick<RunLimits, "rows" | "bytes" | "cell">;
  readonly #settle: { readonly resolve: (outcome: Outcome) => void; readonly reject: (error: Error) => void };
  #columns: readonly Column[] = [];
  #rows: (readonly (string | null)[])[] = [];
  #truncated: Truncation | null = null;
  #cutCells = 0;
  #bytes = 0;
  /** Of the values that are shown, and with what stands in the place of hidden ones. */
  #shown = 0;
  #held = 0;
  #hiding = false;
  readonly #hides: Hides;
  #count: ((chunk: Uint8Array) => void) | null = null;
  #connection: pg.Connection | null = null;

  constructor(text: string, limits: Pick<RunLimits, "rows" | "bytes" | "cell">, hides: Hides) {
    this.#hides = hides;
    this.#text = text;
    this.#limits = limits;
    const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
    this.done = promise;
    this.#settle = { resolve, reject };
  }

  submit = (connection: pg.Connection): void => {
    this.#connection = connection;
    // Counted on the socket, before the driver looks: a single value of any size is cut off before it is whole.
    this.#count = (chunk) => {
      this.#bytes += chunk.length;
      if (this.#bytes > this.#limits.bytes) this.#cut(connection);
    };
    connection.stream.prependListener("data", this.#count);
    connection.parse({ name: "", text: this.#text, types: [] }, true);
    connection.bind({ portal: "", statement: "", values: [] }, true);
    connection.describe({ type: "P", name: "" }, true);
    // The portal stops after these rows; the one more tells that there are more.
    // By Reflect: the driver wants a number here, and its published types say string.
    Reflect.apply(connection.execute, connection, [{ portal: "", rows: this.#limits.rows + 1 }, true]);
    connection.sync();
  };

  handleRowDescription({ fields }: { readonly fields: readonly Field[] }): void {
    this.#columns = fields.map((field, position): Column => {
      const column = { name: field.name, type: field.dataTypeID };
      return this.#hides(position, field) ? { ...column, masked: true } : column;
    });
    this.#hiding = this.#columns.some(({ masked }) => masked === true);
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    if (this.#truncated !== null) return;
    // INVARIANT: where the answer ends must not depend on how long hidden values are. On the socket, one row at a time is then looked at.
    if (this.#hiding) this.#bytes = 0;
    if (this.#rows.length >= this.#limits.rows) this.#truncated = "rows";
    else this.#rows.push(fields.map((value, i) => this.#cell(value, this.#columns[i])));
    if (this.#hiding && this.#held > this.#limits.bytes && this.#connection !== null) this.#cut(this.#connection);
  }

  #cell(value: string | null, column: Column | undefined): string | null {
    // INVARIANT: a value whose column nobody has described is hidden, too.
    if (column === undefined || column.masked === true) {
      this.#held += HIDDEN.length;
      return HIDDEN;
    }
    this.#shown += value?.length ?? 0;
    this.#held += value?.length ?? 0;
    if (value === null || value.length <= this.#limits.cell) return value;
    this.#cutCells++;
    return `${value.slice(0, this.#limits.cell)}…`.toWellFormed();
  }

  // The cap's portal is closed by the Sync that was sent with it; these have nothing to add.
  handlePortalSuspended(): void {}
  handleCommandComplete(): void {}
  handleEmptyQuery(): void {}

  /** The driver forgets a query with its error: ReadyForQuery is not handed on after it. */
  handleError(error: Error): void {
    this.#stopCounting();
    if (error instanceof pg.DatabaseError) this.#settle.resolve({ kind: "refused", error: serverError(error) });
    else this.#settle.reject(error);
  }

  handleReadyForQuery(): void {
    this.#stopCounting();
    this.#settle.resolve(this.#received());
  }

  #received(): Outcome {
    const received = {
      columns: this.#columns,
      rows: this.#rows,
      truncated: this.#truncated,
      cutCells: this.#cutCells,
      bytes: this.#hiding ? this.#shown : this.#bytes,
    };
    return { kind: "received", received };
  }

  #cut(connection: pg.Connection): void {
    this.#stopCounting();
    this.#truncated = "bytes";
    this.#settle.resolve(this.#received());
    connection.stream.destroy();
  }

  #stopCounting(): void {
    if (this.#count !== null) this.#connection?.stream.off("data", this.#count);
    this.#count = null;
  }
}
