// No App yet: the server offers "Connect GitHub" to whoever reads its terminal, and nothing else.

import { randomBytes } from "node:crypto";
import { createConnect } from "#github";
import { Fault } from "#kernel";
import {
  connectedFile,
  connectedPlaceProblem,
  publicUrlOf,
  readConnectedApp,
  writeConnectedApp,
  type ServeConfig,
} from "#platform/config";
import { webUrl } from "#platform/github";
import { createHttpApp, listen } from "#platform/http";
import { createLog } from "#platform/log";
import { opened, orClose, type Opened } from "./lifecycle.ts";

export interface Connecting {
  readonly url: string;
  readonly resources: Opened;
  /** Resolves when the new App's credentials are in the data directory. */
  readonly connected: Promise<void>;
}

export async function startConnect(config: ServeConfig): Promise<Connecting> {
  const problem = connectedPlaceProblem(config.dataDir);
  if (problem !== null) throw new Fault("config_invalid", problem);
  const setupToken = randomBytes(32).toString("base64url");
  const log = createLog({ level: config.logLevel, secrets: [...config.secrets, setupToken] });
  const resources = opened(log);
  const { promise: connected, resolve } = Promise.withResolvers<void>();
  const { apiUrl } = config.github;
  return orClose(resources, async () => {
    const http = createHttpApp({
      log,
      notReady: async () => "No GitHub App is connected yet.",
      formTargets: [webUrl(apiUrl)],
    });
    // The link names the port that was got, so the pages come after the listening; nobody knows the link before.
    let pages: ReturnType<typeof createConnect> | null = null;
    const answer = async (request: Request): Promise<Response> =>
      pages === null ? new Response(null, { status: 503 }) : pages.fetch(request);
    http.get("/connect", (c) => answer(c.req.raw));
    http.get("/connect/*", (c) => answer(c.req.raw));
    const at = await listen(http, config.http);
    resources.add("HTTP server", at.stop);
    const publicUrl = publicUrlOf(config.http, at.port);
    pages = createConnect({
      publicUrl,
      apiUrl,
      setupToken,
      isConfigured: () => readConnectedApp(config.dataDir).kind !== "none",
      save(app) {
        writeConnectedApp(config.dataDir, { ...app, apiUrl });
        resolve();
        return connectedFile(config.dataDir);
      },
      clock: Date.now,
      fetch,
    });
    return { url: `${publicUrl}/connect?token=${setupToken}`, resources, connected };
  });
}
