// A log as files (docs/audit-format.md): the same for a directory, a URL and a page that was handed some bytes.

import { fromBase64 } from "./bytes.ts";
import {
  besideFile, checkpointFile, entriesFile, fileLimits, MANIFEST, tileFile, type Beside, type Log,
} from "./layout.ts"; // prettier-ignore
import { HASH_BYTES, type Hash } from "./merkle.ts";
import { canonicalValue, isCount, isText, isUuid, jsonLines, members } from "./shape.ts";
import { broken, found, whenFound, type DisclosedKey, type Files, type LogSource, type Read, type SealedPart, type SlotRecord } from "./source.ts"; // prettier-ignore
import { TILE_WIDTH, unbundle } from "./tile.ts";

/** Every part of 256 bodies, and some air. */
const MAX_LINES = 1024;

export function filesSource(files: Files): LogSource {
  const decode = files.fromBase64 ?? fromBase64;
  const bytesOf = (value: unknown): Uint8Array | null => (isText(value) ? decode(value) : null);
  /** A group that is full by now has no partial file any more (tlog-tiles, "Partial Tiles"). */
  async function group(path: (width: number) => string, width: number, limit: number): Promise<Read<Uint8Array>> {
    const exact = await files.read(path(width), limit);
    return exact.kind === "absent" && width < TILE_WIDTH ? files.read(path(TILE_WIDTH), limit) : exact;
  }
  const beside = async <T>(
    tenant: string,
    what: Beside,
    n: number,
    width: number,
    item: (value: unknown, bytesOf: BytesOf) => T | null,
  ): Promise<Read<readonly T[]>> =>
    whenFound(await group((w) => besideFile(tenant, what, n, w), width, fileLimits[what]), (bytes) => {
      const lines = jsonLines(bytes, MAX_LINES);
      const items = (lines ?? [null]).map((line) => item(line, bytesOf)).filter((each) => each !== null);
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
    bodies: (tenant, n, width) => beside(tenant, "bodies", n, width, sealedPart),
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

type BytesOf = (value: unknown) => Uint8Array | null;

function sealedPart(value: unknown, bytesOf: BytesOf): SealedPart | null {
  const line = members(value, ["id", "part", "nonce", "key_id", "ct"]);
  if (line === null) return null;
  const { id, part, key_id: keyId } = line;
  const [nonce, ct] = [bytesOf(line["nonce"]), bytesOf(line["ct"])];
  if (!isUuid(id) || !isCount(part) || (keyId !== null && !isText(keyId)) || nonce === null || ct === null) return null;
  return { id, part, nonce, keyId, ct };
}

function disclosedKey(value: unknown, bytesOf: BytesOf): DisclosedKey | null {
  const line = members(value, ["id", "part", "key"]);
  const key = bytesOf(line?.["key"]);
  if (line === null || !isUuid(line["id"]) || !isCount(line["part"]) || key?.length !== 32) return null;
  return { id: line["id"], part: line["part"], key };
}

function slotRecord(value: unknown, bytesOf: BytesOf): SlotRecord | null {
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
