import { createServer, type Server } from "node:http";
import { createHmac } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { acts, type RunningWorld, scene, type Scene, serveWorld } from "#demo/world";
import { at, clientOf, textOf } from "./client.ts";

interface Heard {
  readonly event: string;
  readonly guid: string;
  readonly genuine: boolean;
}

let given: Scene;
let running: RunningWorld;
let listener: Server;
let heard: Heard[];
let status: number;

beforeEach(async () => {
  heard = [];
  status = 202;
  given = scene();
  given.world.hook.queue.length = 0;
  listener = createServer((request, answer) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const expected = `sha256=${createHmac("sha256", given.webhookSecret).update(Buffer.concat(chunks)).digest("hex")}`;
      heard.push({
        event: String(request.headers["x-github-event"]),
        guid: String(request.headers["x-github-delivery"]),
        genuine:
          request.headers["x-hub-signature-256"] === expected &&
          request.headers["x-github-hook-installation-target-id"] === "4242",
      });
      answer.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const address = listener.address();
  given.world.hook.url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}/webhooks`;
  running = await serveWorld(given.world);
});
afterEach(async () => {
  await running.close();
  listener.closeAllConnections();
  listener.close();
});

const events = (): readonly string[] => heard.map((one) => one.event);
const approve = (): number => acts.approve(given.world, { repo: "acme/app", number: 1, by: "ann" });
const push = (): string => acts.push(given.world, { repo: "acme/app", branch: "feature", by: "ann" });

describe("deliveries", () => {
  it("are signed over their bytes and leave in order", async () => {
    push();
    approve();
    await running.deliver();
    expect(events()).toEqual(["push", "pull_request", "pull_request_review"]);
    expect(heard.every((one) => one.genuine)).toBe(true);
    expect(new Set(heard.map((one) => one.guid)).size).toBe(3);
  });

  it("that are lost leave no trace; that fail stand in the log", async () => {
    running.hooks.lose({ event: "push" });
    running.hooks.fail({ event: "pull_request" });
    push();
    await running.deliver();
    expect(events()).toEqual([]);
    expect(given.world.hook.log.map((one) => [one.event, one.statusCode])).toEqual([["pull_request", 502]]);
  });

  it("come twice under one GUID, forged, and out of order when told so", async () => {
    running.hooks.double({ event: "push" });
    running.hooks.forge({ event: "pull_request_review" });
    push();
    approve();
    running.hooks.reverse();
    await running.deliver();
    expect(events()).toEqual(["pull_request_review", "pull_request", "push", "push"]);
    expect(heard[0]?.genuine).toBe(false);
    expect(heard[2]?.guid).toBe(heard[3]?.guid);
  });

  it("that are held come when released", async () => {
    running.hooks.hold({ event: "pull_request" });
    push();
    await running.deliver();
    expect(events()).toEqual(["push"]);
    running.hooks.release();
    await running.deliver();
    expect(events()).toEqual(["push", "pull_request"]);
  });

  it("are redelivered through the App's log under the same GUID", async () => {
    status = 500;
    approve();
    await running.deliver();
    status = 202;
    const client = await clientOf(running.url, given);
    const log = await client.app("GET", "/app/hook/deliveries");
    expect(at(log.data, 0)).toMatchObject({
      event: "pull_request_review",
      action: "submitted",
      status_code: 500,
      redelivery: false,
    });
    await client.app("POST", `/app/hook/deliveries/${textOf(log.data, 0, "id")}/attempts`);
    await running.deliver();
    expect(heard.map((one) => one.guid)).toEqual([heard[0]?.guid, heard[0]?.guid]);
    expect(at((await client.app("GET", "/app/hook/deliveries")).data, 0)).toMatchObject({
      status_code: 202,
      redelivery: true,
    });
  });
});
