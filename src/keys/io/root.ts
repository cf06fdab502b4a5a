import sql from "sql-template-tag";
import { z } from "zod";
import type { Database, PlatformTx } from "#platform/postgres";
import type { Kms } from "../types.ts";

const row = z.object({ fingerprint: z.string() });

const remembered = async (tx: PlatformTx): Promise<string | null> =>
  (await tx.maybe(sql`select fingerprint from keys.root`, row))?.fingerprint ?? null;

/** At start, before anything is sealed: the root that this database's keys were made under, or a refusal with one sentence. */
export async function openRoot(database: Database, kms: Kms): Promise<void> {
  const known = await database.withPlatform(remembered);
  const fingerprint = await kms.open(known);
  if (known !== null) return;
  const first = await database.withPlatform(async (tx) => {
    await tx.run(sql`insert into keys.root (fingerprint) values (${fingerprint}) on conflict do nothing`);
    return remembered(tx);
  });
  // Two processes made a root each, in two directories: the database remembers the first one.
  if (first !== fingerprint) await kms.open(first);
}
