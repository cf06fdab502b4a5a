// Copies of the log that somebody has changed. The log itself is never touched: what is read from it is changed on its way to the
// verifier, as a database, a disk or an export in wrong hands would change it.

import { found, readEntryLeaf, tenantLog, whenFound, type Log, type LogSource, type Read } from "#verifier";

export interface Tampering {
  readonly id: string;
  readonly label: string;
  readonly hint: string;
}

/** Where it is done: one entry of one tenant. */
export interface Place {
  readonly tenant: string;
  readonly index: number;
}

/** An older signed note of a log; null: there is none. */
export type OlderNote = (log: Log) => Promise<string | null>;

export const TAMPERINGS = [
  {
    id: "flip",
    label: "Flip one bit in a body",
    hint: "The sealed body of one entry differs by a single bit from what was written.",
  },
  {
    id: "outcome",
    label: "Turn an outcome around",
    hint: "One entry of the log says another outcome than it did.",
  },
  { id: "delete", label: "Delete an entry", hint: "One entry in the middle is gone, and those after it move up." },
  { id: "body", label: "Lose a body", hint: "The entry is there, and what it told is gone without an erasure." },
  {
    id: "rewind",
    label: "Put an older log in its place",
    hint: "An old backup, rightly signed at its time: inside of it everything fits. What you hold from before gives it away.",
  },
] as const satisfies readonly Tampering[];
export type TamperingId = (typeof TAMPERINGS)[number]["id"];

export function tampered(source: LogSource, how: TamperingId, at: Place, older: OlderNote): LogSource {
  const here = (tenant: string, n: number): boolean => tenant === at.tenant && n === Math.floor(at.index / 256);
  const inGroup = at.index % 256;
  const leaves = (change: (entries: readonly (Uint8Array | null)[]) => readonly (Uint8Array | null)[]): LogSource => ({
    ...source,
    entries: async (log, n, width) => {
      const read = await source.entries(log, n, width);
      return log.kind === "tenant" && here(log.id, n) ? whenFound(read, (entries) => found(change(entries))) : read;
    },
  });
  switch (how) {
    case "flip":
    case "body":
      return {
        ...source,
        bodies: async (tenant, n, width) => {
          const read = await source.bodies(tenant, n, width);
          const id = here(tenant, n) ? await entryAt(source, at, width) : null;
          if (id === null) return read;
          return whenFound(read, (bodies) =>
            found(
              how === "body"
                ? bodies.filter((part) => part.id !== id)
                : bodies.map((part) => (part.id === id && part.part === 0 ? { ...part, ct: flipped(part.ct) } : part)),
            ),
          );
        },
      };
    case "outcome":
      return leaves((entries) => entries.map((leaf, i) => (i === inGroup && leaf !== null ? turned(leaf) : leaf)));
    case "delete":
      return leaves((entries) => [...entries.filter((_, i) => i !== inGroup), entries.at(-1) ?? null]);
    case "rewind":
      return {
        ...source,
        checkpoint: async (log): Promise<Read<string>> => {
          const note = await older(log);
          return note === null ? { kind: "absent" } : found(note);
        },
      };
  }
}

async function entryAt(source: LogSource, { tenant, index }: Place, width: number): Promise<string | null> {
  const read = await source.entries(tenantLog(tenant), Math.floor(index / 256), width);
  const leaf = read.kind === "found" ? (read.value[index % 256] ?? null) : null;
  return leaf === null ? null : (readEntryLeaf(leaf)?.id ?? null);
}

function flipped(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[0] = (copy[0] ?? 0) ^ 1;
  return copy;
}

/** As somebody would who wants a refusal to have been a success. */
function turned(leaf: Uint8Array): Uint8Array {
  const text = Buffer.from(leaf).toString("utf8");
  return Buffer.from(
    text.replace(/"outcome":"([a-z_]+)"/, (_, was) => `"outcome":"${was === "success" ? "refused" : "success"}"`),
  );
}
