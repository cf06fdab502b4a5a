// What goes between us and the process that has the file open. What it answers is checked: the engine in it read somebody else's file.

import { z } from "zod";
import { RULES } from "../../rules.ts";
import type { Rule } from "../../refusal.ts";

export const askedOf = z.object({
  path: z.string(),
  /** Null: the shape of the database, by questions of our own. */
  sql: z.string().nullable(),
  /** False: compile and judge it only. */
  run: z.boolean(),
  /** Of the main database; the engine is told that they are empty. */
  masks: z.array(z.object({ table: z.string(), column: z.string().nullable() })),
  limits: z.object({ rows: z.number(), bytes: z.number(), cell: z.number(), lockMs: z.number() }),
});
export type Asked = z.infer<typeof askedOf>;

const isRule = (rule: string): rule is Rule => Object.hasOwn(RULES, rule);
const offence = z.object({
  rule: z.string().refine(isRule),
  text: z.string(),
  says: z.string().optional(),
  instead: z.string().optional(),
});
const table = z.object({
  name: z.string(),
  kind: z.enum(["table", "view"]),
  columns: z.array(z.object({ name: z.string(), type: z.string(), nullable: z.boolean() })),
  indexes: z.array(z.object({ name: z.string(), definition: z.string() })),
  references: z.array(z.object({ columns: z.array(z.string()), table: z.string(), tableColumns: z.array(z.string()) })),
});
export type Table = z.infer<typeof table>;

export const answerShape = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("rows"),
    compiled: z.string(),
    result: z.object({
      columns: z.array(z.object({ name: z.string(), type: z.number() })),
      rows: z.array(z.array(z.string().nullable())),
      truncated: z.enum(["rows", "bytes"]).nullable(),
      cutCells: z.number(),
      bytes: z.number(),
    }),
  }),
  z.object({ kind: z.literal("compiled"), compiled: z.string() }),
  z.object({ kind: z.literal("denied"), offences: z.array(offence) }),
  z.object({ kind: z.literal("failed"), says: z.string() }),
  z.object({ kind: z.literal("lost"), why: z.string() }),
  z.object({ kind: z.literal("schema"), tables: z.array(table) }),
]);
export type Answer = z.input<typeof answerShape>;
export type Answered = z.output<typeof answerShape>;
