// Entries, one by one: pages with filters, and the proof of one.

import { Hono } from "hono";
import { z } from "zod";
import { parseFilter, proofFile, type EntryProofAnswer } from "#audit";
import {
  entryDocument,
  formatCursor,
  FROM_NEWEST,
  FROM_OLDEST,
  parseCursor,
  type PageAsked,
  type Reading,
} from "#audit/io";
import { entryId, instantOfMillis, type EntryId } from "#kernel";
import { problem, type HttpEnv } from "#platform/http";
import type { TenantTx } from "#platform/postgres";
import { nothing, type AsKey } from "./bearer.ts";
import { LIMITS } from "./limits.ts";

export interface EntryRouteParts {
  readonly reading: Reading;
  readonly asKey: AsKey;
  readonly prove: (tx: TenantTx, id: EntryId) => Promise<EntryProofAnswer>;
  /** Milliseconds since the Unix epoch, for filters like `since=24h`. */
  readonly clock: () => number;
}

const READ = { capability: "audit.read", tenant: null } as const;

/** Strict: a parameter that is misspelt must not quietly widen what is shown. */
const several = z.array(z.string().max(500)).max(20);
const once = z
  .array(z.string().max(500))
  .length(1)
  .transform(([text = ""]) => text);
const query = z.strictObject({
  kind: several.optional(),
  outcome: several.optional(),
  since: once.optional(),
  until: once.optional(),
  actor: once.optional(),
  target: once.optional(),
  request: once.optional(),
  order: once.pipe(z.enum(["newest", "oldest"])).optional(),
  cursor: once.optional(),
  limit: once
    .pipe(
      z
        .string()
        .regex(/^[1-9]\d{0,3}$/)
        .transform(Number)
        .pipe(z.number().max(LIMITS.pageEntries)),
    )
    .optional(),
});

const MALFORMED = {
  status: 400,
  code: "input_invalid",
  title: `The parameters are not understood. There are kind, outcome, since, until, actor, target, request, order (newest or oldest), limit (1 to ${LIMITS.pageEntries}) and cursor (the last answer's next).`,
} as const;

export function entryRoutes({ reading, asKey, prove, clock }: EntryRouteParts): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();

  app.get("/audit/entries", (c) =>
    asKey(c, { ...READ, route: "entries" }, async (tx, to) => {
      const asked = askedOf(c.req.queries(), clock());
      if (asked === null) return problem(c, MALFORMED);
      const page = await reading.entries(tx, to, asked);
      return c.json(
        { entries: page.entries.map(entryDocument), next: page.next === null ? null : formatCursor(page.next) },
        200,
        { "cache-control": "no-store" },
      );
    }),
  );

  app.get("/audit/proof/:id", (c) =>
    asKey(c, { ...READ, route: "proof" }, async (tx, to) => {
      const id = entryId(c.req.param("id"));
      const proof = id === null ? null : await prove(tx, id);
      if (id === null || proof === null || proof.kind === "no_such_entry") return nothing(c);
      await reading.note(tx, to, {
        kind: "audit.read",
        target: { type: "entry", id },
        count: 1,
        what: { file: "proof", state: proof.kind },
      });
      if (proof.kind === "proven")
        return c.body(proofFile(proof, proof.checkpoint.note), 200, {
          "content-type": "text/plain; charset=utf-8",
          "cache-control": "no-store",
        });
      c.header("retry-after", "300");
      return problem(c, {
        status: 409,
        code: "not_covered_yet",
        title:
          "The entry is durable, and no checkpoint covers it yet. Ask again after the next one, within five minutes.",
      });
    }),
  );
  return app;
}

/** null: not a question that can be answered. */
function askedOf(given: Readonly<Record<string, string[]>>, nowMs: number): PageAsked | null {
  const parsed = query.safeParse(given);
  if (!parsed.success) return null;
  const { order, cursor: text, limit, ...filterText } = parsed.data;
  const filter = parseFilter(filterText, instantOfMillis(nowMs));
  const cursor = text === undefined ? (order === "oldest" ? FROM_OLDEST : FROM_NEWEST) : parseCursor(text);
  if (filter.kind === "refused" || cursor === null || (order !== undefined && order !== cursor.order)) return null;
  return { filter: filter.filter, cursor, limit: limit ?? 50 };
}
