// Leases of the local GitHub, over a real broker and its proxy, as an execution asks for them.

import { afterAll, expect } from "vitest";
import type { Scene } from "#demo/world";
import { appId } from "#kernel";
import { egressHosts, type LeaseClient } from "#leases";
import { createGitHubProvider, serveEgress } from "#leases/io";
import { createGitHub } from "#platform/github";
import type { TestDatabase } from "../../support/database.ts";
import { leaseLab } from "../../support/leases.ts";

/** `git`: where repositories are; left out: where the API is. Ends with the file. */
export async function leasedOf(t: TestDatabase, given: Scene, git?: string): Promise<LeaseClient> {
  const { api } = given.world.urls;
  const app = appId(given.appId) ?? expect.unreachable();
  const github = createGitHub({ appId: app, privateKey: given.privateKey, baseUrl: api });
  const providers = { github: createGitHubProvider(github.leases), database: null, vault: null };
  const broker = await (await leaseLab(t)).start({ providers });
  const hosts = egressHosts(api);
  const egress = await serveEgress({ leases: broker, hosts: git === undefined ? hosts : { ...hosts, git } });
  afterAll(async () => {
    await egress.close();
    await broker.close();
  });
  return {
    ...broker,
    ask: async (request) => {
      const asked = await broker.ask(request);
      return asked.kind === "leased" ? { ...asked, proxy: egress.url } : asked;
    },
    open: async (tenant) => broker.open(tenant),
    revokeAll: (whose) => broker.revokeAll(whose, "killed"),
    close: () => {},
  };
}
