// A process of its own, to be killed: starts the built-in PostgreSQL, says so, and stays.
import { startEmbeddedPostgres } from "#platform/postgres";

const cluster = await startEmbeddedPostgres({ dir: process.env["CLUSTER_DIR"] ?? "" });
process.stdout.write(`${cluster.adminUrl}\n`);
setInterval(() => {}, 1_000);
