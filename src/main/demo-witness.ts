// A witness of the demo's own, as anybody could run one elsewhere.

import { rmSync } from "node:fs";
import { resolve } from "node:path";
import { openWitness, sha256, witnessRoutes, type Broker } from "#audit/io";
import { Fault } from "#kernel";
import type { AuditConfig, BrokerConfig } from "#platform/config";
import { createHttpApp, listen } from "#platform/http";
import type { Log } from "#platform/log";
import { parsePolicy } from "#verifier";
import type { Opened } from "./lifecycle.ts";

const LOOPBACK = "127.0.0.1";
export const DEMO_WITNESS = "witness.demo";

export interface DemoWitness {
  readonly audit: AuditConfig;
  /** The policy file (c2sp.org/tlog-policy) of an auditor who trusts this witness. */
  readonly policy: string;
}

/** As new as the demo's log: an older one would rightly refuse a log that begins anew. */
export async function startDemoWitness(
  directory: string,
  { broker, config }: { readonly broker: Pick<Broker, "identity">; readonly config: BrokerConfig },
  log: Log,
  resources: Opened,
): Promise<DemoWitness> {
  const { vkey } = await broker.identity();
  const own = resolve(directory, "witness");
  rmSync(own, { recursive: true, force: true });
  const witness = openWitness({ directory: own, name: DEMO_WITNESS, logs: [vkey] }, Date.now);
  resources.add("the demo's witness", async () => witness.close());
  const http = createHttpApp({ log, notReady: async () => null });
  http.route(
    "/",
    witnessRoutes(witness.keeper, witness.origins, () => {}),
  );
  const at = await listen(http, { host: LOOPBACK, port: 0 });
  resources.add("the demo's witness, listening", at.stop);
  const text = `log ${vkey}\nwitness demo ${witness.vkey} http://${LOOPBACK}:${at.port}\nquorum demo\n`;
  const policy = parsePolicy(sha256, text);
  if (policy.kind === "malformed") throw new Fault("invariant_broken", `The demo's policy is malformed: ${policy.why}`);
  return {
    audit: { broker: config, policy, anchorGit: null, anchorDirectory: null, wormDirectory: null, timestamps: null },
    policy: text,
  };
}
