// A real process, killed with SIGKILL at every step of claim, send and receipt, again and again.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { findRepository, scene, serveWorld } from "#demo/world";
import { installationId, repoName, repositoryId } from "#kernel";
import { createTell, createWebhooks, receivers, type Step } from "#notify/io";
import { checkWorld } from "../../support/world.ts";
import { aboutTicket, outgoing, stage } from "../support/stage.ts";

/** The last ones are let through. */
const KILLS = 16;
const VICTIM = fileURLToPath(new URL("../support/victim.ts", import.meta.url));
const there = <T>(value: T | null | undefined): T => value ?? expect.unreachable();
const s = await stage();
const set = scene();
const world = await serveWorld(set.world);
const repo = there(findRepository(set.world, set.repo));
const heard: string[] = [];
const receiver = createServer((request, response) => {
  void text(request).then(() => {
    heard.push(String(request.headers["webhook-id"]));
    response.end();
  });
});
let url = "";
beforeAll(async () => {
  receiver.listen(0, "127.0.0.1");
  await once(receiver, "listening");
  const address = receiver.address();
  url = `http://127.0.0.1:${address !== null && typeof address === "object" ? address.port : 0}/`;
});
afterAll(async () => {
  receiver.close();
  await world.close();
});

/** `killed`, or `ended` where that step did not come so often any more. */
async function runVictim(step: Step, nth: number): Promise<"killed" | "ended"> {
  const child = spawn(process.execPath, [VICTIM], { stdio: ["pipe", "inherit", "inherit"] });
  const ended = once(child, "exit");
  child.stdin.end(
    JSON.stringify({
      url: s.t.urls.app,
      claimKey: s.t.claimKey,
      keysDir: s.t.keysDir,
      api: world.url,
      appId: set.appId,
      privateKey: set.privateKey,
      step,
      nth,
    }),
  );
  const [code, signal] = z.tuple([z.number().nullable(), z.string().nullable()]).parse(await ended);
  if (signal === "SIGKILL") return "killed";
  expect(code).toBe(3);
  return "ended";
}

describe("T1, S1: kill -9 at every step of claim, send and receipt", () => {
  it("each notice is one comment, each event has one webhook-id, and every intent one outcome", async () => {
    const webhooks = createWebhooks({ append: s.t.append, keys: s.t.keys, loopback: true });
    await s.inTenant((tx) =>
      webhooks.add(tx, { url, events: [], by: { initiator: { type: "operator", id: "test" }, requestId: "test" } }),
    );
    const github = {
      kind: "github" as const,
      repository: {
        id: there(repositoryId(repo.id)),
        name: there(repoName(set.repo)),
        installation: there(installationId(set.installation)),
      },
      number: set.number,
      board: null,
    };
    const keys = Array.from({ length: 16 }, (_, n) => `kill/${n}`);
    await s.inTenant(async (tx) => {
      const tell = createTell(s.t.keys, receivers);
      for (const [n, key] of keys.entries()) {
        await tell(tx, outgoing(key, { to: github, about: aboutTicket(n) }));
        const event = { kind: "webhooks", event: "ticket.changed", data: { n } } as const;
        await tell(tx, outgoing(`${key}/event`, { to: event, about: aboutTicket(n) }));
      }
    });
    const before = repo.comments.length;
    const steps: readonly Step[] = ["claimed", "intended", "sent", "received"];
    const open = async (): Promise<number> =>
      (await s.rows()).filter(({ delivered_at }) => delivered_at === null).length;
    let kills = 0;
    for (let run = 0; run < KILLS + 4 && (await open()) > 0; run += 1) {
      await s.later();
      const step = steps[run % steps.length] ?? "sent";
      const ended = await runVictim(step, run >= KILLS ? 999 : step === "claimed" ? 1 : 1 + (run % 3));
      if (ended === "killed") kills += 1;
    }
    expect(await open()).toBe(0);
    expect(kills).toBeGreaterThanOrEqual(5);
    const marks = repo.comments.slice(before).map(({ body }) => /notice:([0-9a-f]{32})/.exec(body)?.[1]);
    expect(marks).toHaveLength(keys.length);
    expect(new Set(marks).size).toBe(keys.length);
    expect(new Set(heard).size, "what was sent again has the same webhook-id").toBe(keys.length);
    const entries = await s.entries();
    expect(entries.filter((outcome) => outcome === "intent")).toHaveLength(2 * keys.length);
    expect(entries.filter((outcome) => outcome === "success")).toHaveLength(2 * keys.length);
    await checkWorld(s.t);
  }, 240_000);
});
