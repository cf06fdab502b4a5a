import sql from "sql-template-tag";
import { z } from "zod";
import { connectBroker } from "#audit/io";
import type { Findings } from "#cli";
import type { Known } from "#kernel";
import type { AuditConfig } from "#platform/config";
import type { Database } from "#platform/postgres";
import { describeQuorum } from "#verifier";
import { brokerSocketIn } from "./broker.ts";

const epochsRow = z
  .object({
    newest: z.int().nullable(),
    witnessed: z.int().nullable(),
    stamped: z.int().nullable(),
    git: z.int().nullable(),
    directory: z.int().nullable(),
  })
  .transform(({ git, directory, ...epochs }) => ({ ...epochs, copied: { git, directory } }));

/** What doctor says of the log's outer half. */
export async function logFinding(
  audit: AuditConfig,
  database: Known<Database>,
  finding: <T>(ask: () => Promise<T>) => Promise<Known<T>>,
): Promise<Findings["log"]> {
  const { broker: place, policy } = audit;
  const broker = connectBroker(place.kind === "given" ? place.socket : brokerSocketIn(place.directory));
  try {
    return {
      signer: await finding(async () => (await broker.identity()).vkey),
      quorum: policy === null || policy.quorum.kind === "none" ? null : describeQuorum(policy.quorum),
      places: {
        git: audit.anchorGit !== null,
        directory: audit.anchorDirectory !== null,
        timestamps: audit.timestamps !== null,
      },
      epochs: database.known ? await finding(() => epochsOf(database.value)) : database,
    };
  } finally {
    broker.close();
  }
}

const epochsOf = (database: Database): Promise<z.infer<typeof epochsRow>> =>
  database.withPlatform((tx) =>
    tx.one(
      sql`select (select max(epoch) from audit.checkpoint) as newest, (select max(epoch) from audit.witnessed) as witnessed,
        (select max(epoch) from audit.timestamp) as stamped, (select max(epoch) from audit.anchor where kind = 'git') as git,
        (select max(epoch) from audit.anchor where kind = 'directory') as directory`,
      epochsRow,
    ),
  );
