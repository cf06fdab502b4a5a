import { join } from "node:path";
import { Fault } from "#kernel";
import type { ServeConfig } from "#platform/config";
import { createLog } from "#platform/log";
import { checkClientsRoot } from "#tenants/io";
import { drainStops, openAudit } from "./audit.ts";
import { adoptFiles } from "./adopt.ts";
import { openBrokerFor } from "./broker.ts";
import { claimAccepted } from "./claims.ts";
import { openLeasesFor } from "./lease-broker.ts";
import { openEmbedded, openGiven } from "./database.ts";
import { keepDoer, openCarry } from "./doer.ts";
import { replayAtStart } from "./erasures.ts";
import type { Running } from "./lifecycle.ts";
import { opened, orClose } from "./lifecycle.ts";
import { startSupervisor } from "./supervisor.ts";

const SWEEP_MS = 2 * 60_000;
const EPOCH_MS = 5 * 60_000;

export async function startServe(config: ServeConfig, say: (line: string) => void): Promise<Running> {
  const log = createLog({ level: config.logLevel, secrets: config.secrets });
  const resources = opened(log);
  return orClose(resources, async () => {
    const { github } = config;
    if (github.kind === "unconnected") throw new Fault("invariant_broken", "Without an App there is nothing to serve.");
    await checkClientsRoot({ path: config.clientsDir, pin: join(config.directory, "clients-root.json") });
    const database =
      config.database.kind === "embedded"
        ? await openEmbedded({ directory: config.directory, purpose: "live", log, say, resources })
        : await openGiven(config.database, log, resources);
    if ((await claimAccepted(database.database)) === false)
      throw new Fault(
        "config_invalid",
        "CLAIM_KEY is not the key that the database knows: no tenant could be served. Give the server the one that `countersign migrate` was given, or run migrate again with this one.",
      );
    const broker = await openBrokerFor(config.audit.broker, log, resources);
    const open = await openAudit(config, database.database);
    const leases = await openLeasesFor(config, database, log, resources);
    const { audit } = open;
    drainStops(open, log, resources);
    await replayAtStart(database, open, log);
    await adoptFiles(database, config.clientsDir);
    const supervisor = await startSupervisor({
      broker,
      publishing: { audit: config.audit, directory: config.directory },
      publicUrl: config.http.publicUrl,
      app: github,
      database,
      audit,
      leases,
      estate: {
        clientsDir: config.clientsDir,
        kms: open.kms,
        keys: open.keys,
        backupDays: config.backupDays,
        channels: config.channels,
        loopback: false,
      },
      stops: open.stops,
      controls: config.controls,
      ...(await openCarry(config.dispatch, resources)),
      telemetry: config.telemetry,
      agentOauth: config.agentOauth,
      opaUrl: config.opaUrl,
      listenOn: config.http,
      sweepEveryMs: SWEEP_MS,
      epochEveryMs: EPOCH_MS,
      log,
      resources,
    });
    await keepDoer({ ...config, apiUrl: github.apiUrl }, database, log, resources);
    return { greeting: `Countersign is ready: http://${supervisor.at.host}:${supervisor.at.port}`, resources };
  });
}
