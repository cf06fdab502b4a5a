// From nothing to a server with an App of its own: the link on the terminal, GitHub's manifest flow, and the start with the
// new key, in one process.

import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { appKey, makeWorld, serveWorld } from "#demo/world";
import { program, temporaryDirectory } from "../support/program.ts";

test("Connect GitHub ends in a running server, and the next start needs no settings", async () => {
  const world = makeWorld({
    now: Date.now,
    app: { id: 4242, publicKey: appKey().publicKey },
    webhook: { secret: "9f2c81d07be64a35b1d0e88f53a7c264" },
  });
  const github = await serveWorld(world);
  const dir = temporaryDirectory();
  // Ours are for nobody else: a root's cluster would not lie in it, and would not go away with it.
  mkdirSync(join(dir, "live"), { mode: 0o755 });
  const settings = { GITHUB_API_URL: github.url, DATA_DIR: dir, PORT: "0" };
  const server = program(["serve"], settings);
  const [, link = ""] = await server.says(/(http:\S+\/connect\?token=\S+)/);

  const first = await fetch(link, { redirect: "manual" });
  const token = first.headers.getSetCookie()[0]?.split(";", 1)[0] ?? "";
  const page = await fetch(new URL("/connect", link), { headers: { cookie: token } });
  const state = page.headers.getSetCookie()[0]?.split(";", 1)[0] ?? "";
  expect(page.headers.get("content-security-policy")).toContain(`form-action 'self' ${github.url}`);
  world.manifests.set("a-code", {});
  const back = new URL(`/connect/callback?code=a-code&state=${state.split("=")[1]}`, link);
  const done = await fetch(back, { headers: { cookie: `${token}; ${state}` } });
  expect(done.status).toBe(200);

  const [, url = ""] = await server.says(/ready: (\S+)/);
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  expect((await fetch(new URL("/connect", url))).status).toBe(404);
  expect(statSync(join(dir, "live", "github-app.json")).mode & 0o777).toBe(0o600);
  server.child.kill("SIGTERM");
  expect((await server.ended).status).toBe(0);

  const next = program(["start"], { DATA_DIR: dir, PORT: "0" });
  await next.says(/Countersign is ready/);
  expect((await program(["demo"], { DATA_DIR: dir }).ended).err).toContain("a connected GitHub App in");
  await github.close();
});
