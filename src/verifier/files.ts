// A log as files (docs/audit-format.md): the same for a directory, a URL and a page that was handed some bytes.

import { unbundleParts } from "./body-bundle.ts";
import { fromBase64 } from "./bytes.ts";
import {
  besideFile, checkpointFile, entriesFile, fileLimits, MANIFEST, tileFile, type Beside, type Log,
} from "./layout.ts"; // prettier-ignore
import { HASH_BYTES, type Hash } from "./merkle.ts";
import { canonicalValue, isCount, isText, isUuid, jsonLines, members } from "./shape.ts";
import { broken, found, whenFound, type DisclosedKey, type Files, type LogSource, type Read, type SlotRecord } from "./source.ts"; // prettier-ignore
import { TILE_WIDTH, unbundle } from "./tile.ts";

/** Every part of 256 entries, and some air. */
const MAX_LINES = 1024;

export function filesSource(files: Files): LogSource {
  /** A group that is full by now has no partial file any more (tlog-tiles, "Partial Tiles"). */
  async function group(path: (width: number) => string, width: number, limit: number): Promise<Read<Uint8Array>> {
    const exact = await files.read(path(width), limit);
    return exact.kind === "absent" && width < TILE_WIDTH ? files.read(path(TILE_WIDTH), limit) : exact;
  }
  const beside = async <T>(
    tenant: string,
    what: Exclude<Beside, "bodies">,
    n: number,
    width: number,
    item: (value: unknown) => T | null,
  ): Promise<Read<readonly T[]>> =>
    whenFound(await group((w) => besideFile(tenant, what, n, w), width, fileLimits[what]), (bytes) => {
      const lines = jsonLines(bytes, MAX_LINES);
      const items = (lines ?? [null]).map(item).filter((each) => each !== null);
      return lines !== null && items.length === lines.length
        ? found(items)
        : broken(`a line of it is not one of ${what}`);
    });

  return {
    ...(files.list === undefined ? {} : { files }),
    async tenants() {
      const listed = await files.list?.();
      if (listed === undefined) return { kind: "absent" };
      return whenFound(listed, (paths) => {
        const ids = paths.flatMap((path) => /^t\/([^/]+)\//.exec(path)?.[1] ?? []).filter(isUuid);
        return found([...new Set(ids)].sort());
      });
    },
    async checkpoint(log) {
      return whenFound(await files.read(checkpointFile(log), fileLimits.checkpoint), text);
    },
    async tile(log, tile) {
      const read = await group((width) => tileFile(log, { ...tile, width }), tile.width, fileLimits.tile);
      return whenFound(read, (bytes) =>
        bytes.length % HASH_BYTES === 0 && bytes.length >= tile.width * HASH_BYTES
          ? found(bytes.subarray(0, tile.width * HASH_BYTES))
          : broken(`it has ${bytes.length} bytes instead of ${tile.width} hashes`),
      );
    },
    entries: async (log: Log, n, width) =>
      whenFound(await group((w) => entriesFile(log, n, w), width, fileLimits.entries), (bytes) => {
        const entries = unbundle(bytes);
        return entries !== null && entries.length >= width
          ? found(entries.slice(0, width).map((entry) => (entry.length === 0 ? null : entry)))
          : broken(`it does not hold ${width} entries`);
      }),
    bodies: async (tenant, n, width) =>
      whenFound(await group((w) => besideFile(tenant, "bodies", n, w), width, fileLimits.bodies), (bytes) => {
        const parts = unbundleParts(bytes);
        return parts === null ? broken("it is not made of whole bodies") : found(parts);
      }),
    keys: (tenant, n, width) => beside(tenant, "keys", n, width, disclosedKey),
    slots: (tenant, n, width) => beside(tenant, "slots", n, width, slotRecord),
  };
}

/** The list of an export's files; see `layout.MANIFEST`. */
export async function readManifest(files: Files): Promise<Read<ReadonlyMap<string, string>>> {
  return whenFound(await files.read(MANIFEST, fileLimits.manifest), (bytes) => {
    const manifest = members(canonicalValue(bytes), ["v", "files"]);
    const listed = manifest?.["files"];
    if (manifest?.["v"] !== 1 || typeof listed !== "object" || listed === null) return broken("it is no manifest");
    return found(new Map(Object.entries(listed).map(([path, digest]) => [path, String(digest)])));
  });
}

function text(bytes: Uint8Array): Read<string> {
  try {
    return found(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return broken("it is not UTF-8 text");
  }
}

const bytesOf = (value: unknown): Uint8Array | null => (isText(value) ? fromBase64(value) : null);

function disclosedKey(value: unknown): DisclosedKey | null {
  const line = members(value, ["id", "part", "key"]);
  const key = bytesOf(line?.["key"]);
  if (line === null || !isUuid(line["id"]) || !isCount(line["part"]) || key?.length !== 32) return null;
  return { id: line["id"], part: line["part"], key };
}

function slotRecord(value: unknown): SlotRecord | null {
  const line = members(value, ["epoch", "leaf", "proof"]);
  if (line === null || !isCount(line["epoch"]) || !isText(line["leaf"]) || !Array.isArray(line["proof"])) return null;
  const proof: Hash[] = [];
  for (const each of line["proof"]) {
    const hash = bytesOf(each);
    if (hash?.length !== HASH_BYTES || proof.length > 64) return null;
    proof.push(hash);
  }
  return { epoch: line["epoch"], leaf: new TextEncoder().encode(line["leaf"]), proof };
}
