// SIGTERM in the middle of deliveries, against the local GitHub: nothing acknowledged is lost, no check is half written,
// and after the next start the verdict is right. On the way: onboarding and doctor beside a running server.

import { connect } from "node:net";
import { describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { acts, repository, scene, serveWorld, type Scene } from "#demo/world";
import { program, temporaryDirectory, type Program } from "../support/program.ts";

const secret = "9f2c81d07be64a35b1d0e88f53a7c264";
const told: Scene = scene({ webhookSecret: secret });
const { world } = told;
const github = await serveWorld(world);
world.hook.queue.length = 0;
const env = {
  APP_ID: String(told.appId), PRIVATE_KEY: told.privateKey, WEBHOOK_SECRET: secret, GITHUB_API_URL: github.url, DATA_DIR: temporaryDirectory(), CLIENTS_DIR: temporaryDirectory(), PORT: "0",
}; // prettier-ignore

async function serve(): Promise<Program & { readonly url: URL }> {
  const server = program(["serve"], env);
  const [, url = ""] = await server.says(/ready: (\S+)/);
  world.hook.url = `${url}/api/github/webhooks`;
  return { ...server, url: new URL(url) };
}

async function end(server: Program): Promise<void> {
  server.child.kill("SIGTERM");
  expect((await server.ended).status).toBe(0);
}

const checks = () => repository(world, told.repo).checkRuns.filter((run) => run.appId === told.appId);
const report = z.object({ status: z.number(), lines: z.array(z.object({ status: z.string(), what: z.string() })) });

describe("a server, its end, and its next start", () => {
  test("an installation is bound while the server runs, and doctor sees it", async () => {
    const server = await serve();
    const onboard = await program(["tenant", "onboard", "acme", "--installation", String(told.installation)], env)
      .ended;
    expect(onboard).toMatchObject({ status: 0, out: expect.stringContaining("belongs to it") });
    expect((await program(["tenant", "onboard", "node"], env).ended).err).toContain("reserved");
    const doctor = await program(["doctor", "--json"], { ...env, PUBLIC_URL: server.url.origin }).ended;
    const { lines } = report.parse(JSON.parse(doctor.out));
    expect(lines.filter(({ status }) => status === "fail")).toEqual([]);
    expect(lines.map(({ what }) => what)).toEqual(
      expect.arrayContaining([expect.stringMatching(/The installation on acme .* belongs to an active tenant/)]),
    );
    await end(server);
  });

  test("G05: the end comes in the middle of deliveries; nothing acknowledged is lost, no check is half written, the next start catches up", async () => {
    const first = await serve();
    const by = { repo: told.repo, number: told.number };
    for (let i = 0; i < 40; i += 1) {
      told.clock.advance(1_000);
      acts.remark(world, { ...by, by: "ro", body: `remark ${i}` });
    }
    told.clock.advance(1_000);
    acts.approve(world, { ...by, by: "bob" });
    acts.approve(world, { ...by, by: "ann" });
    const flushed = github.deliver();
    await vi.waitFor(() => expect(world.hook.log.length).toBeGreaterThan(8), { timeout: 60_000, interval: 2 });
    await end(first);
    await flushed;
    const lost = world.hook.log.filter(({ statusCode }) => statusCode < 200 || statusCode > 299);
    expect(lost.length, "the end came in the middle").toBeGreaterThan(0);
    for (const run of checks()) expect(run).toMatchObject({ status: "completed", conclusion: expect.any(String) });

    const second = await serve();
    world.hook.automatic = true;
    await vi.waitFor(() => expect(checks().at(-1)).toMatchObject({ headSha: told.h2, conclusion: "success" }), {
      timeout: 90_000,
      interval: 100,
    });
    await end(second);
  });

  test("one wish to end that arrives twice, as Ctrl-C and npm send it, ends in order", async () => {
    const server = await serve();
    server.child.kill("SIGTERM");
    server.child.kill("SIGTERM");
    const { status, err } = await server.ended;
    expect({ status, broke: /broke|unreachable/.test(err) }).toEqual({ status: 0, broke: false });
  });

  test("O17 the client uninstalls the App while the server runs: it is noted, and both lists of the operator say so", async () => {
    const server = await serve();
    acts.deleteInstallation(world, { id: told.installation, by: "ann" });
    await github.deliver();
    await vi.waitFor(
      async () =>
        expect((await program(["tenant", "show", "acme"], env).ended).out).toContain(
          `Installations  ${told.installation} (uninstalled)`,
        ),
      { timeout: 60_000, interval: 500 },
    );
    const doctor = await program(["doctor", "--json"], { ...env, PUBLIC_URL: server.url.origin }).ended;
    const { lines } = report.parse(JSON.parse(doctor.out));
    expect(lines.map(({ what }) => what)).toContainEqual(
      expect.stringContaining("acme uninstalled the App. Its access is shut, nothing of it is erased"),
    );
    await end(server);
  });

  test("a request that never ends holds the end up; a second signal does not wait for it", async () => {
    const server = await serve();
    const slow = connect(Number(server.url.port), "127.0.0.1");
    slow.on("error", () => {});
    slow.write(
      "POST /api/github/webhooks HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\nx-hub-signature-256: sha256=".concat(
        "0".repeat(64),
        "\r\n\r\n{",
      ),
    );
    await vi.waitFor(async () => expect((await fetch(`${server.url.origin}/healthz`)).status).toBe(200), 30_000);
    server.child.kill("SIGTERM");
    await vi.waitFor(() => expect(server.err()).toContain("A second signal ends at once"), 30_000);
    expect(server.child.exitCode).toBeNull();
    server.child.kill("SIGINT");
    expect((await server.ended).status).toBe(1);
    slow.destroy();
    await github.close();
  });
});
