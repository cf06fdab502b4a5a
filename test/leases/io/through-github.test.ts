// A lease used as an execution uses it: broker, GitHub's tokens and the proxy, against the local GitHub.

import { afterAll, expect, it } from "vitest";
import { scene, serveWorld } from "#demo/world";
import { appId, repositoryId } from "#kernel";
import { egressHosts, type LeaseScope } from "#leases";
import { createGitHubProvider, serveEgress } from "#leases/io";
import { createGitHub } from "#platform/github";
import { testDatabase } from "../../support/database.ts";
import { leaseLab } from "../../support/leases.ts";

const t = await testDatabase();
const given = scene();
const running = await serveWorld(given.world);
afterAll(() => running.close());

it("X14 reads and comments at GitHub with a handle; the token is seen by nobody else, and is dead with the lease", async () => {
  const acme = await t.tenant("acme", given.installation);
  const app = [...given.world.repositories.values()].find(({ name }) => name === "app") ?? expect.unreachable();
  const scope: LeaseScope = {
    kind: "github",
    installation: acme.installation,
    repositories: [repositoryId(app.id) ?? expect.unreachable()],
    permissions: { pull_requests: "write" },
  };
  const { api } = given.world.urls;
  const github = createGitHub({ appId: appId(given.appId) ?? expect.unreachable(), privateKey: given.privateKey, baseUrl: api }); // prettier-ignore
  const lab = await leaseLab(t);
  const broker = await lab.start({
    providers: { github: createGitHubProvider(github.leases), database: null, vault: null },
  });
  const egress = await serveEgress({ leases: broker, hosts: egressHosts(api) });
  const asked = await broker.ask(lab.request(acme, { scope }));
  const { handle } = asked.kind === "leased" ? asked : expect.unreachable();
  const ask = (method: string, path: string, body?: unknown): Promise<Response> =>
    fetch(`${egress.url}/api${path}`, {
      method,
      headers: { authorization: `Bearer ${handle}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });

  const pull = await ask("GET", `/repos/acme/app/pulls/${given.number}`);
  expect(await pull.json()).toMatchObject({ number: given.number, head: { sha: given.h2 } });
  expect((await ask("POST", `/repos/acme/app/issues/${given.number}/comments`, { body: "hello" })).status).toBe(201);
  expect((await ask("GET", "/repos/acme/app/commits")).status).toBe(403);
  expect((await ask("PUT", `/repos/acme/app/pulls/${given.number}/merge`, { sha: given.h2 })).status).toBe(403);

  const [token = expect.unreachable()] = [...given.world.tokens.values()].filter(({ revoked }) => !revoked);
  await broker.finish({ tenant: acme.id, run: "run-1", handle });
  expect((await ask("GET", `/repos/acme/app/pulls/${given.number}`)).status).toBe(401);
  const stolen = await fetch(`${api}/repos/acme/app/pulls/${given.number}`, {
    headers: { authorization: `Bearer ${token.text}` },
  });
  expect(stolen.status).toBe(401);
  await egress.close();
  await broker.close();
});
