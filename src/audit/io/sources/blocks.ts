import { found, type Read } from "#verifier";

/** Groups of 256 entries that are read together: a round trip for each would take longer than the verification. */
const GROUPS = 8;
/** The block in use and the next one, for the log that is being read. */
const KEPT = 3;

/** Remembers the blocks of late, each of which answers for several groups. `from` and `to` are indexes of entries. */
export function createBlocks<T>(
  readBlock: (tenant: string, from: number, to: number) => Promise<Read<readonly T[]>>,
): (tenant: string, n: number) => Promise<Read<readonly T[]>> {
  const kept = new Map<string, Promise<Read<readonly T[]>>>();
  const block = (tenant: string, at: number): Promise<Read<readonly T[]>> => {
    const key = `${tenant}/${at}`;
    const known = kept.get(key);
    if (known !== undefined) return known;
    const reading = readBlock(tenant, at * GROUPS * 256, (at + 1) * GROUPS * 256);
    // Whoever asks for it hears of it; a block that nobody asked for yet must not end the process.
    reading.catch(() => {});
    kept.set(key, reading);
    for (const old of kept.keys()) if (kept.size > KEPT) kept.delete(old);
    return reading;
  };
  return async (tenant, n) => {
    const at = Math.floor(n / GROUPS);
    const now = await block(tenant, at);
    // The next block is on its way while this one is verified; a short one is the last.
    if (now.kind === "found" && now.value.length > 0 && n % GROUPS === GROUPS / 2) void block(tenant, at + 1);
    return now.kind === "found" ? found(now.value) : now;
  };
}
