import sql from "sql-template-tag";
import { z } from "zod";
import { compareWithSigner, connectBroker, type Broker } from "#audit/io";
import type { Findings } from "#cli";
import { Fault, type Known } from "#kernel";
import type { AuditConfig } from "#platform/config";
import { createRoleDatabase, type Database } from "#platform/postgres";
import { describeQuorum } from "#verifier";
import type { OpenDatabase } from "./database.ts";
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
  place: Known<OpenDatabase>,
  finding: <T>(ask: () => Promise<T>) => Promise<Known<T>>,
): Promise<Findings["log"]> {
  const { broker: signing, policy } = audit;
  const broker = connectBroker(signing.kind === "given" ? signing.socket : brokerSocketIn(signing.directory));
  try {
    return {
      signer: await finding(async () => (await broker.identity()).vkey),
      diverged: place.known ? await divergence(place.value, broker) : null,
      quorum: policy === null || policy.quorum.kind === "none" ? null : describeQuorum(policy.quorum),
      places: {
        git: audit.anchorGit !== null,
        directory: audit.anchorDirectory !== null,
        timestamps: audit.timestamps !== null,
      },
      epochs: place.known ? await finding(() => epochsOf(place.value.database)) : place,
    };
  } finally {
    broker.close();
  }
}

/** A signer or a login that is away is another line's. */
async function divergence({ sequencerUrl }: OpenDatabase, broker: Broker): Promise<string | null> {
  if (sequencerUrl === null) return null;
  const role = createRoleDatabase({ url: sequencerUrl, role: "sequencer", maxConnections: 1 });
  try {
    await compareWithSigner(role, broker);
    return null;
  } catch (error) {
    return error instanceof Fault && error.code === "log_diverged" ? error.message : null;
  } finally {
    await role.close();
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
