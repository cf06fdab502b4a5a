import { z } from "zod";
import { declare } from "../declaration.ts";
import { ASK, READS, SMALL, text } from "../shapes.ts";
import { NOTHING } from "../subject.ts";

export const sqlSelectArguments = z.strictObject({
  connection: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]{0,63}$/)
    .default("DATABASE_URL")
    .describe("The name of the connection, as the tenant calls it. Left out: DATABASE_URL."),
  statement: text(20_000).describe("One SELECT, SHOW or EXPLAIN."),
});
export type SqlSelectArguments = z.infer<typeof sqlSelectArguments>;

export const sqlSelect = declare("sql.select", {
  title: "Read from a database",
  description:
    "Runs one read-only statement in the tenant's database through the SQL guard: SELECT, SHOW or EXPLAIN, in a read-only transaction, with limits on rows, bytes and time. Masked columns stay masked. Whatever writes is refused, with the place in the statement and the reason.",
  schema: sqlSelectArguments,
  batch: () => READS,
  subject: ({ connection, statement }) => ({ ...NOTHING, sql: { connection, statement } }),
  wouldDo: ({ connection }) => `Run one read-only statement on ${connection}.`,
  preview: ({ statement }) => statement,
  lease: "database",
  budget: SMALL,
  asking: ASK,
});
