import pg from "pg";
import { migrate, startEmbeddedPostgres, type EmbeddedPostgres } from "#platform/postgres";
import { TEMPLATE } from "./cluster-types.ts";

/** Without fsync: a run that is killed loses nothing anybody wants. Tests about durability start a cluster of their own. */
export async function startTestCluster(dir: string): Promise<EmbeddedPostgres> {
  const cluster = await startEmbeddedPostgres({
    dir,
    settings: {
      fsync: "off",
      full_page_writes: "off",
      max_connections: "200",
      shared_buffers: "64MB",
      max_wal_size: "256MB",
    },
  });
  await migrate(cluster);
  const admin = new pg.Client({ connectionString: cluster.adminUrl.replace(/[^/]*$/, "postgres") });
  await admin.connect();
  await admin.query(`create database ${TEMPLATE} template countersign`);
  await admin.end();
  return cluster;
}
