// Logs as files (docs/audit-format.md): the public one of epochs, and each tenant's own for whoever has its key. The paths are
// those of C2SP tlog-tiles, so that a stock tool reads them.

import { Hono } from "hono";
import { EPOCHS, logOf, type LogName } from "#audit";
import type { NotedRead, Reading, ShownTo } from "#audit/io";
import { tenantId } from "#kernel";
import { problem, type HttpEnv } from "#platform/http";
import type { Database, Statements, TenantTx } from "#platform/postgres";
import { bundle, parseTilePath, TILE_WIDTH, type TilePath } from "#verifier";
import { nothing, tooMany, type AsKey, type ConsoleContext } from "./bearer.ts";
import type { Ask } from "./rates.ts";

/** What is asked of the trees in the database. */
export interface Trees {
  /** The newest signed note; null before the first. */
  readonly checkpoint: (tx: Statements, log: LogName) => Promise<string | null>;
  /** `width` hashes; null where the tree does not reach that far. */
  readonly tile: (tx: Statements, log: LogName, level: number, n: number, width: number) => Promise<Uint8Array | null>;
  /** Leaf bytes; null in the list for one that is no longer kept, instead of the list where the log does not reach that far. */
  readonly entries: (
    tx: Statements,
    log: LogName,
    n: number,
    width: number,
  ) => Promise<readonly (Uint8Array | null)[] | null>;
}

export interface LogRouteParts {
  readonly db: Database;
  readonly reading: Reading;
  readonly trees: Trees;
  readonly asKey: AsKey;
  readonly everybody: Ask;
  /** The witnesses that cosign, as a C2SP tlog-policy; null where there are none. */
  readonly witnesses: () => Promise<string | null>;
}

const TEXT = "text/plain; charset=utf-8";
const BYTES = "application/octet-stream";
/** A full tile never changes; a partial one does not either, and is soon of no use to anybody. */
const lifetime = (path: TilePath): string =>
  path.width === TILE_WIDTH ? "max-age=31536000, immutable" : "max-age=300, immutable";

const NO_CHECKPOINT = {
  status: 404,
  code: "not_covered_yet",
  title: "There is no checkpoint yet. One is signed within five minutes.",
} as const;

export function logRoutes(parts: LogRouteParts): Hono<HttpEnv> {
  const { db, trees, asKey } = parts;
  const app = new Hono<HttpEnv>();

  const open = async (c: ConsoleContext, answer: () => Promise<Response>): Promise<Response> => {
    const wait = parts.everybody("everybody");
    return wait > 0 ? tooMany(c, wait) : answer();
  };

  app.get("/audit/epochs/checkpoint", (c) =>
    open(c, async () => checkpointAnswer(c, await db.withPlatform((tx) => trees.checkpoint(tx, EPOCHS)))),
  );
  app.get("/audit/epochs/witnesses", (c) =>
    open(c, async () => {
      const policy = await parts.witnesses();
      return policy === null
        ? nothing(c)
        : c.body(policy, 200, { "content-type": TEXT, "cache-control": "max-age=300" });
    }),
  );
  app.get("/audit/epochs/tile/*", (c) => {
    const path = parseTilePath(c.req.path.slice("/audit/epochs/".length));
    if (path === null) return nothing(c);
    return open(c, async () =>
      tileAnswer(c, path, await db.withPlatform((tx) => fileOf(trees, tx, EPOCHS, path)), "public"),
    );
  });

  app.get("/audit/t/:tenant/checkpoint", (c) =>
    asKey(c, { ...READ, tenant: c.req.param("tenant"), route: "checkpoint" }, async (tx, to) => {
      const note = await trees.checkpoint(tx, logOf(tx.tenantId));
      await noted(parts.reading, tx, to, { count: note === null ? 0 : 1, what: { file: "checkpoint" } });
      return checkpointAnswer(c, note);
    }),
  );
  app.get("/audit/t/:tenant/tile/*", (c) => {
    const tenant = c.req.param("tenant");
    const rest = c.req.path.slice(`/audit/t/${tenant}/`.length);
    return asKey(c, { ...READ, tenant, route: "tile" }, async (tx, to) => {
      const path = tenantId(tenant) === null ? null : parseTilePath(rest);
      if (path === null) return nothing(c);
      const file = await fileOf(trees, tx, logOf(tx.tenantId), path);
      // `rest` is one of our own spellings by now, and nothing else.
      await noted(parts.reading, tx, to, { count: file === null ? 0 : path.width, what: { file: rest } });
      return tileAnswer(c, path, file, "private");
    });
  });
  return app;
}

const READ = { capability: "audit.read" } as const;

const noted = (reading: Reading, tx: TenantTx, to: ShownTo, read: Pick<NotedRead, "count" | "what">): Promise<void> =>
  reading.note(tx, to, { kind: "audit.read", target: { type: "log", id: tx.tenantId }, ...read });

async function fileOf(trees: Trees, tx: Statements, log: LogName, path: TilePath): Promise<Uint8Array | null> {
  if (path.kind === "tile") return trees.tile(tx, log, path.level, path.n, path.width);
  const entries = await trees.entries(tx, log, path.n, path.width);
  return entries === null ? null : bundle(entries.map((entry) => entry ?? new Uint8Array(0)));
}

function checkpointAnswer(c: ConsoleContext, note: string | null): Response {
  return note === null
    ? problem(c, NO_CHECKPOINT)
    : c.body(note, 200, { "content-type": TEXT, "cache-control": "no-store" });
}

const tileAnswer = (c: ConsoleContext, path: TilePath, file: Uint8Array | null, who: "public" | "private"): Response =>
  file === null
    ? nothing(c)
    : c.body(Uint8Array.from(file), 200, { "content-type": BYTES, "cache-control": `${who}, ${lifetime(path)}` });
