// `countersign doctor` beside the running demo: what belongs to the demo is examined, and what it has not is named.

import type { Examined } from "#cli";
import { connectBroker } from "#audit/io";
import { readConfig, type Environment } from "#platform/config";
import { createLog } from "#platform/log";
import { probeSandbox } from "#sandbox/io";
import { brokerSocketIn } from "./broker.ts";
import { approverFinding } from "./approver-finding.ts";
import { channelFinding } from "./channel-finding.ts";
import { controlFinding } from "./control-finding.ts";
import { databaseFinding, finding } from "./database-finding.ts";
import { openRunning } from "./database.ts";
import { demoBrokerDirectory } from "./demo.ts";
import { diskPercent } from "./disk.ts";
import { openableKeys } from "./key-findings.ts";
import { opened } from "./lifecycle.ts";
import { opaFinding, rulesFinding } from "./rules-finding.ts";
import { ticketClockFinding, ticketOwnersFinding } from "./ticket-finding.ts";

/** null: something real is configured, or no demo runs here. */
export async function examineDemo(env: Environment, say: (line: string) => void): Promise<Examined | null> {
  const config = readConfig(env, "start");
  if (config.kind !== "demo") return null;
  const log = createLog({ level: "error", secrets: [] });
  const resources = opened(log);
  const broker = connectBroker(brokerSocketIn(demoBrokerDirectory(config.directory)));
  resources.add("the signing broker", async () => broker.close());
  try {
    const place = openRunning(config.directory, log, resources);
    if (place === null) return null;
    say("Asking the demo that runs here");
    const { database } = place;
    return {
      kind: "demo",
      findings: {
        database: await finding(() => databaseFinding(database)),
        signer: await finding(async () => (await broker.identity()).vkey),
        keys: await finding(() => openableKeys(config, database)),
        controls: await finding(() => controlFinding(config, database)),
        opa: await opaFinding(config.opaUrl),
        rules: await finding(() => rulesFinding(database, config.clientsDir)),
        approvers: await finding(() => approverFinding(database)),
        ticketClock: await finding(() => ticketClockFinding(database)),
        ticketOwners: await finding(() => ticketOwnersFinding(database)),
        channels: await finding(() => channelFinding(database)),
        disk: await finding(async () => ({
          directory: config.directory,
          percent: await diskPercent(config.directory),
        })),
        sandbox: await probeSandbox(),
      },
    };
  } finally {
    await resources.close();
  }
}
