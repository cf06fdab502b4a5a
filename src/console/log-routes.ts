// Logs as files (docs/audit-format.md): the public one of epochs, and each tenant's own for whoever has its key. The paths are
// those of C2SP tlog-tiles, so that a stock tool reads them.

import { Hono } from "hono";
import { EPOCHS, logOf, type LogName } from "#audit";
import type { NotedRead, Reading, ShownTo, TenantFile } from "#audit/io";
import { type Ask, type HttpEnv, problem } from "#platform/http";
import type { Database, Statements, TenantTx } from "#platform/postgres";
import {
  bundle,
  describeQuorum,
  formatVkey,
  parseTilePath,
  sha256,
  TILE_WIDTH,
  type Policy,
  type Tile,
  type TilePath,
} from "#verifier";
import { nothing, tooMany, type AsKey, type ConsoleContext } from "./bearer.ts";
import { LIMITS } from "./limits.ts";

/** What is asked of the trees in the database. */
export interface Trees {
  /** The newest signed note; null before the first. */
  readonly checkpoint: (tx: Statements, log: LogName) => Promise<string | null>;
  /** `width` hashes; null where the tree does not reach that far. */
  readonly tile: (tx: Statements, log: LogName, level: number, n: number, width: number) => Promise<Uint8Array | null>;
  /** The epoch log's leaves, fewer where it ends. */
  readonly epochs: (tx: Statements, from: number, count: number) => Promise<readonly Uint8Array[]>;
  readonly file: (
    tx: TenantTx,
    what: TenantFile,
    which: { readonly n: number; readonly width: number; readonly maxBytes: number },
  ) => Promise<Uint8Array | "too_large" | null>;
}

export interface LogRouteParts {
  readonly db: Database;
  readonly reading: Reading;
  readonly trees: Trees;
  readonly asKey: AsKey;
  readonly everybody: Ask;
  /** Who cosigns the epoch log's checkpoints; null where nobody was named. */
  readonly witnesses: Policy | null;
}

const TEXT = "text/plain; charset=utf-8";
const BYTES = "application/octet-stream";
/** A full tile never changes; a partial one does not either, and is soon of no use to anybody. */
const lifetime = (width: number): string =>
  width === TILE_WIDTH ? "max-age=31536000, immutable" : "max-age=300, immutable";

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
    open(c, async () => c.json(witnessesOf(parts.witnesses), 200, { "cache-control": "public, max-age=300" })),
  );
  app.get("/audit/epochs/tile/*", (c) => {
    const path = parseTilePath(c.req.path.slice("/audit/epochs/".length));
    if (path === null) return nothing(c);
    return open(c, async () =>
      fileAnswer(c, path.width, await db.withPlatform((tx) => epochFile(trees, tx, path)), "public"),
    );
  });

  app.get("/audit/t/:tenant/checkpoint", (c) =>
    asKey(c, { ...READ, tenant: c.req.param("tenant"), route: "checkpoint" }, async (tx, to) => {
      const note = await trees.checkpoint(tx, logOf(tx.tenantId));
      await noted(parts.reading, tx, to, { count: note === null ? 0 : 1, what: { file: "checkpoint" } });
      return checkpointAnswer(c, note);
    }),
  );
  /** `whichOf`: from the rest of the path to the file; null for every other spelling. */
  const tenantFiles = (folder: string, whichOf: (rest: string) => TenantPath | null): void => {
    app.get(`/audit/t/:tenant/${folder}/*`, (c) => {
      const tenant = c.req.param("tenant");
      const rest = c.req.path.slice(`/audit/t/${tenant}/`.length);
      return asKey(c, { ...READ, tenant, route: folder }, async (tx, to) => {
        const which = whichOf(rest);
        if (which === null) return nothing(c);
        const file = await tenantFileOf(trees, tx, which);
        // `rest` is one of our own spellings by now, and nothing else.
        await noted(parts.reading, tx, to, { count: file === null ? 0 : which.width, what: { file: rest } });
        return fileAnswer(c, which.width, file, "private");
      });
    });
  };
  tenantFiles("tile", (rest) => {
    const path = parseTilePath(rest);
    return path?.kind === "entries" ? { ...path, what: "entries" } : path;
  });
  tenantFiles("bodies", (rest) => besidePath("bodies", rest));
  tenantFiles("slots", (rest) => besidePath("slots", rest));
  return app;
}

type TenantPath =
  | ({ readonly kind: "tile" } & Tile)
  | { readonly kind: "entries"; readonly what: TenantFile; readonly n: number; readonly width: number };

/** Named in groups of 256 like entry bundles are. */
function besidePath(what: TenantFile, rest: string): TenantPath | null {
  const path = parseTilePath(rest.replace(`${what}/`, "tile/entries/"));
  return path?.kind === "entries" ? { ...path, what } : null;
}

const READ = { capability: "audit.read" } as const;

const noted = (reading: Reading, tx: TenantTx, to: ShownTo, read: Pick<NotedRead, "count" | "what">): Promise<void> =>
  reading.note(tx, to, { kind: "audit.read", target: { type: "log", id: tx.tenantId }, ...read });

async function epochFile(trees: Trees, tx: Statements, path: TilePath): Promise<Uint8Array | null> {
  if (path.kind === "tile") return trees.tile(tx, EPOCHS, path.level, path.n, path.width);
  const leaves = await trees.epochs(tx, path.n * TILE_WIDTH, path.width);
  return leaves.length === path.width ? bundle(leaves) : null;
}

const tenantFileOf = (trees: Trees, tx: TenantTx, path: TenantPath): Promise<Uint8Array | "too_large" | null> =>
  path.kind === "tile"
    ? trees.tile(tx, logOf(tx.tenantId), path.level, path.n, path.width)
    : trees.file(tx, path.what, { n: path.n, width: path.width, maxBytes: LIMITS.bodyBytes });

const witnessesOf = (policy: Policy | null): object => ({
  quorum: policy === null ? "no witness" : describeQuorum(policy.quorum),
  witnesses: (policy?.witnesses ?? []).map(({ name, key, url }) => ({ name, vkey: formatVkey(sha256, key), url })),
});

function checkpointAnswer(c: ConsoleContext, note: string | null): Response {
  return note === null
    ? problem(c, NO_CHECKPOINT)
    : c.body(note, 200, { "content-type": TEXT, "cache-control": "no-store" });
}

function fileAnswer(
  c: ConsoleContext,
  width: number,
  file: Uint8Array | "too_large" | null,
  who: "public" | "private",
): Response {
  if (file === null) return nothing(c);
  if (file === "too_large")
    return problem(c, {
      status: 413,
      code: "payload_too_large",
      title: "These bodies are too large for one answer. An operator writes them with `countersign audit export`.",
    });
  return c.body(Uint8Array.from(file), 200, { "content-type": BYTES, "cache-control": `${who}, ${lifetime(width)}` });
}
