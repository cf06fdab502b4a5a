// One statement by COM_STMT_PREPARE, which takes one and no more, with caps on what comes back.

import { Duplex } from "node:stream";
import type mysql from "mysql2";
import { z } from "zod";
import { HIDDEN } from "../../masks.ts";
import type { Column, Outcome, RunLimits, Truncation } from "../../result.ts";
import { serverError } from "../../mysql/server-error.ts";

const failure = z.object({ errno: z.number(), sqlState: z.string(), sqlMessage: z.string() });
/** Where the server says a column comes from; empty for what it made itself. */
const field = z.object({
  name: z.string(),
  columnType: z.number(),
  schema: z.string().default(""),
  orgTable: z.string().default(""),
  orgName: z.string().default(""),
});
const described = z.array(field);

/** Decides when the server has said what the columns are, before the first row. */
export type Hides = (position: number, column: z.infer<typeof field>) => boolean;

/** By Reflect: the driver's published types leave its socket out. */
export function socketOf(connection: mysql.Connection): Duplex | null {
  const stream: unknown = Reflect.get(connection, "stream");
  return stream instanceof Duplex ? stream : null;
}

/** INVARIANT: at once. The driver's own destroy only says goodbye, and waits for a server that may be busy for minutes. */
export function cutOff(connection: mysql.Connection): void {
  socketOf(connection)?.destroy();
  connection.destroy();
}

/** Resolves with the rows, a refusal, or what had come when a cap was reached and the connection was cut. Rejects when it is lost. */
export function oneSelect(
  connection: mysql.Connection,
  text: string,
  limits: Pick<RunLimits, "rows" | "bytes" | "cell">,
  hides: Hides = () => false,
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const rows: (readonly (string | null)[])[] = [];
    let columns: readonly Column[] = [];
    let cutCells = 0;
    let bytes = 0;
    /** Of the values that are shown, and with what stands in the place of hidden ones. */
    let shown = 0;
    let held = 0;
    let hiding = false;
    let settled = false;
    const stream = socketOf(connection);
    if (stream === null) return reject(new Error("the driver has no socket"));

    const settle = (outcome: () => void): void => {
      if (settled) return;
      settled = true;
      stream.off("data", count);
      stream.off("close", lost);
      outcome();
    };
    const received = (truncated: Truncation | null): void =>
      settle(() =>
        resolve({ kind: "received", received: { columns, rows, truncated, cutCells, bytes: hiding ? shown : bytes } }),
      );
    const cut = (truncated: Truncation): void => {
      received(truncated);
      cutOff(connection);
    };
    // Counted on the socket, before the driver looks: a single value of any size is cut off before it is whole.
    const count = (chunk: Uint8Array): void => {
      bytes += chunk.length;
      if (bytes > limits.bytes) cut("bytes");
    };
    const lost = (): void => settle(() => reject(new Error("the connection was lost")));
    stream.prependListener("data", count);
    stream.once("close", lost);

    const cell = (value: unknown, column: Column | undefined): string | null => {
      // INVARIANT: a value whose column nobody has described is hidden, too.
      if (column === undefined || column.masked === true) {
        held += HIDDEN.length;
        return HIDDEN;
      }
      const whole = textOf(value, limits.cell);
      shown += whole?.length ?? 0;
      held += whole?.length ?? 0;
      if (whole === null || whole.length <= limits.cell) return whole;
      cutCells++;
      return `${whole.slice(0, limits.cell)}…`.toWellFormed();
    };

    // The values are asked for as arrays: two columns may have one name.
    const asked = connection.execute({ sql: text, rowsAsArray: true, values: [] });
    asked.on("fields", (fields: unknown) => {
      const read = described.safeParse(fields);
      if (!read.success) return;
      columns = read.data.map((each, position): Column => {
        const column = { name: each.name, type: each.columnType };
        return hides(position, each) ? { ...column, masked: true } : column;
      });
      hiding = columns.some(({ masked }) => masked === true);
    });
    asked.on("result", (row: unknown) => {
      if (settled || !Array.isArray(row)) return;
      // INVARIANT: where the answer ends must not depend on how long hidden values are. On the socket, one row at a time is then looked at.
      if (hiding) bytes = 0;
      if (rows.length >= limits.rows) return cut("rows");
      rows.push(row.map((value, i) => cell(value, columns[i])));
      if (hiding && held > limits.bytes) cut("bytes");
    });
    asked.on("error", (error: unknown) => {
      const read = failure.safeParse(error);
      if (read.success)
        settle(() =>
          resolve({
            kind: "refused",
            error: serverError({ errno: read.data.errno, sqlState: read.data.sqlState, message: read.data.sqlMessage }),
          }),
        );
      else settle(() => reject(new Error("the connection was lost")));
    });
    asked.on("end", () => received(null));
  });
}

/** The driver's value as text, no longer than is needed to see that it is too long. */
function textOf(value: unknown, most: number): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === "string") return value;
  if (value instanceof Uint8Array) return `0x${Buffer.from(value.subarray(0, most)).toString("hex")}`;
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") return String(value);
  return JSON.stringify(value);
}
