// One statement by COM_STMT_PREPARE, which takes one and no more, with caps on what comes back.

import { Duplex } from "node:stream";
import type mysql from "mysql2";
import { z } from "zod";
import type { Column, Outcome, RunLimits, Truncation } from "../../result.ts";
import { serverError } from "../../mysql/server-error.ts";

const failure = z.object({ errno: z.number(), sqlState: z.string(), sqlMessage: z.string() });
const described = z.array(z.object({ name: z.string(), columnType: z.number() }));

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
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const rows: (readonly (string | null)[])[] = [];
    let columns: readonly Column[] = [];
    let cutCells = 0;
    let bytes = 0;
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
      settle(() => resolve({ kind: "received", received: { columns, rows, truncated, cutCells, bytes } }));
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

    const cell = (value: unknown): string | null => {
      const whole = textOf(value, limits.cell);
      if (whole === null || whole.length <= limits.cell) return whole;
      cutCells++;
      return `${whole.slice(0, limits.cell)}…`.toWellFormed();
    };

    // The values are asked for as arrays: two columns may have one name.
    const asked = connection.execute({ sql: text, rowsAsArray: true, values: [] });
    asked.on("fields", (fields: unknown) => {
      const read = described.safeParse(fields);
      if (read.success) columns = read.data.map(({ name, columnType }) => ({ name, type: columnType }));
    });
    asked.on("result", (row: unknown) => {
      if (settled || !Array.isArray(row)) return;
      if (rows.length >= limits.rows) cut("rows");
      else rows.push(row.map(cell));
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
