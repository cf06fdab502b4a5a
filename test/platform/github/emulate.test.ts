// Against a GitHub that nobody here wrote: App authentication, narrowed tokens, webhook signatures.

import { serve } from "@hono/node-server";
import { createEmulator, type Emulator } from "emulate";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { type Arrival, createInbox } from "#github";
import { appId, installationId, type RepositoryId, repositoryId } from "#kernel";
import { createGitHub, type GitHubConnection } from "#platform/github";
import { enqueue } from "#platform/jobs";
import { SECRET } from "../../github/support/sign.ts";
import { testDatabase } from "../../support/database.ts";
import { freePort } from "../../support/free-port.ts";

const t = await testDatabase();
const acme = await t.tenant("acme", 100);
const app = appId(4242);
const installation = installationId(100);
if (app === null || installation === null) throw new Error("constants");

let heard: (arrival: Arrival) => void = () => {};
const inbox = createInbox({
  db: t.db,
  enqueue,
  append: t.append,
  spool: t.spool,
  appId: app,
  secrets: [SECRET],
  host: "github.com",
  onArrival: (arrival) => heard(arrival),
});

const permissions = {
  metadata: "read",
  contents: "write",
  pull_requests: "write",
  checks: "write",
  statuses: "read",
  members: "read",
  actions: "read",
  administration: "read",
  issues: "write",
  workflows: "write",
};
let emulator: Emulator;
let server: ReturnType<typeof serve>;
let github: GitHubConnection;
let repository: RepositoryId;

beforeAll(async () => {
  const port = await freePort();
  server = serve({ fetch: inbox.fetch, port, hostname: "127.0.0.1" });
  emulator = await createEmulator({
    service: "github",
    port: await freePort(),
    seed: {
      github: {
        users: [{ login: "octocat" }],
        orgs: [{ login: "acme" }],
        repos: [
          { owner: "acme", name: "app", private: true, auto_init: true },
          { owner: "acme", name: "issues", private: true, auto_init: true },
        ],
        apps: [
          {
            app_id: 4242,
            slug: "countersign",
            name: "Countersign",
            permissions,
            events: ["issues", "issue_comment", "push"],
            webhook_url: `http://127.0.0.1:${port}/api/github/webhooks`,
            webhook_secret: SECRET,
            installations: [{ installation_id: 100, account: "acme", repository_selection: "all" }],
          },
        ],
      },
    },
  });
  const key = emulator.generatedSecrets.find((secret) => secret.kind === "github.app_private_key");
  github = createGitHub({ appId: app, privateKey: key?.value ?? "", baseUrl: emulator.url });
  const everything = await github
    .app()
    .rest("POST /app/installations/{installation_id}/access_tokens", { installation_id: 100 });
  const { token } = z.object({ token: z.string() }).parse(everything.data);
  const found = await fetch(`${emulator.url}/repos/acme/app`, { headers: { authorization: `Bearer ${token}` } });
  const id = repositoryId(z.object({ id: z.number() }).parse(await found.json()).id);
  if (id === null) throw new Error("the emulator's repository has no id");
  repository = id;
});
afterAll(async () => {
  await emulator.close();
  server.close();
});

const mint = (body: object) =>
  github
    .app()
    .rest("POST /app/installations/{installation_id}/access_tokens", { installation_id: 100, ...body }, [403, 422]);
const file = { owner: "acme", repo: "app", path: "x.txt", message: "m", content: "aGk=" };

describe("App authentication", () => {
  test("our JWT is accepted", async () => {
    expect((await github.app().rest("GET /app", {})).data).toMatchObject({ id: 4242, slug: "countersign" });
  });

  test("the difference of clocks is known from the first answer", () => {
    expect(Math.abs(github.clockSkewMs() ?? Number.NaN)).toBeLessThan(5_000);
  });
});

describe("narrowed tokens", () => {
  test("the answer to a real mint passes our comparison, and reads its own repository", async () => {
    expect(
      (
        await github
          .installation(installation, repository, "read")
          .rest("GET /repos/{owner}/{repo}", { owner: "acme", repo: "app" })
      ).status,
    ).toBe(200);
  });

  test("a repository outside the scope cannot be read: the one named `issues`, too", async () => {
    const answer = await github
      .installation(installation, repository, "read")
      .rest(
        "GET /repos/{owner}/{repo}/contents/{path}",
        { owner: "acme", repo: "issues", path: "README.md" },
        [403, 404],
      );
    expect([403, 404]).toContain(answer.status);
  });

  test.each([
    ["read", 403],
    ["report", 403],
    ["merge", 201],
  ] as const)("a %s token that writes a file: %i", async (purpose, status) => {
    const answer = await github
      .installation(installation, repository, purpose)
      .rest("PUT /repos/{owner}/{repo}/contents/{path}", file, [403]);
    expect(answer.status).toBe(status);
  });

  test("asking for more than the App was given is refused with 422", async () => {
    expect((await mint({ repository_ids: [repository], permissions: { secrets: "read" } })).status).toBe(422);
    expect((await mint({ repository_ids: [repository], permissions: { statuses: "write" } })).status).toBe(422);
  });

  test("a repository that the installation has not is refused with 422", async () => {
    expect((await mint({ repository_ids: [999_999], permissions: { metadata: "read" } })).status).toBe(422);
  });
});

describe("webhooks, signed by somebody else's code", () => {
  test("a delivery arrives, its signature is good, and it is stored for the tenant of its installation", async () => {
    const arrived = new Promise<Arrival>((resolve) => {
      heard = (arrival) => {
        if ("event" in arrival && arrival.event === "issues") resolve(arrival);
      };
    });
    await github
      .installation(installation, repository, "report")
      .rest("POST /repos/{owner}/{repo}/issues", { owner: "acme", repo: "app", title: "hello" });
    expect(await arrived).toMatchObject({ kind: "stored" });
    expect(await t.adminSql("select tenant_id, event from inbox.delivery")).toContainEqual({
      tenant_id: acme.id,
      event: "issues",
    });
  });
});
