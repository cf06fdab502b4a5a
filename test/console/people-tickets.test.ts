// Tickets for people who are signed in, as a browser asks for them.

import { beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { ticketRoutes } from "#console";
import { findRepository, pullRequests } from "#gate/io";
import { enqueue } from "#platform/jobs";
import { createScreening } from "#screening/io";
import { ownPrefix } from "#tenants/io";
import { createTickets } from "#tickets/io";
import { ORIGIN, peopleStage } from "../support/people-stage.ts";
import type { Visitor } from "../support/visitor.ts";

const s = await peopleStage();
s.app.route(
  "/",
  ticketRoutes({
    db: s.t.db,
    append: s.t.append,
    tickets: createTickets({
      append: s.t.append,
      keys: s.t.keys,
      tell: async () => {},
      lastSignal: async () => ({ kind: "silent" }),
      repository: findRepository,
      pulls: pullRequests(enqueue),
      screen: (spans) => createScreening().screen(spans),
      prefix: ownPrefix,
    }),
    prefix: ownPrefix,
    publicUrl: () => ORIGIN,
    clock: Date.now,
  }),
);

const NEW = { title: "Export", text: "It is empty.", key: "1" };
const own = { origin: ORIGIN, "sec-fetch-site": "same-origin" };
const token = async (who: Visitor): Promise<string> =>
  z.object({ csrf: z.string() }).parse(await (await who.get("/api/session")).json()).csrf;
const post = async (who: Visitor, path: string, body: unknown): Promise<Response> =>
  who.json(path, body, { ...own, "x-csrf-token": await token(who) });

let ada: Visitor;
beforeAll(async () => {
  await s.person(s.acme, "ada", ["operator"]);
  await s.person(s.acme, "ann", ["approver"]);
  await s.person(s.globex, "gus", ["operator"]);
  ada = await s.signIn("ada");
});

describe("tickets, signed in", () => {
  it("are opened, read and acted on in the person's own name, which is in the log", async () => {
    expect((await post(ada, "/api/tickets", NEW)).status).toBe(201);
    expect((await post(ada, "/api/tickets", NEW)).status, "the same key is the same ticket").toBe(200);
    const list = await ada.get("/api/tickets");
    expect(await list.json()).toMatchObject({ tickets: [{ name: "ACME-1", owner: { login: "ada" } }] });
    expect(await s.newest(s.acme, 1)).toEqual(["audit.read success"]);
    const started = await post(ada, "/api/tickets/ACME-1/acts", { act: "start" });
    expect(await started.json()).toEqual({ kind: "done", name: "ACME-1", state: "in_progress" });
    expect(await s.newest(s.acme, 1)).toEqual(["ticket.state success"]);
    const whole = await (await ada.get("/api/tickets/ACME-1")).json();
    expect(whole).toMatchObject({ said: [{ from: { name: "ada" }, sender: "staff" }] });
  });

  it("a pull request that is no repository's of the client's is not linked", async () => {
    expect((await post(ada, "/api/tickets/1/acts", { act: "link", pull: "evil/shop#1" })).status).toBe(409);
    expect((await post(ada, "/api/tickets/1/acts", { act: "link", pull: "no pull" })).status).toBe(409);
  });

  it("fails closed: nobody, too little a role, another client, another page, no token", async () => {
    expect((await s.visitor().get("/api/tickets")).status, "nobody").toBe(401);
    const ann = await s.signIn("ann");
    for (const path of ["/api/tickets", "/api/tickets/1"]) expect((await ann.get(path)).status, path).toBe(403);
    expect((await post(ann, "/api/tickets", NEW)).status).toBe(403);
    const gus = await s.signIn("gus");
    expect((await gus.get("/api/tickets/ACME-1")).status, "T2 another client's").toBe(404);
    expect((await post(gus, "/api/tickets/1/acts", { act: "resolve" })).status).toBe(404);
    const act = "/api/tickets/ACME-1/acts";
    const resolve = { act: "resolve" };
    expect((await ada.json(act, resolve)).status, "no token").toBe(403);
    const csrf = { "x-csrf-token": await token(ada) };
    expect((await ada.json(act, resolve, { ...csrf, origin: "https://evil.example" })).status).toBe(403);
    expect((await ada.json(act, resolve, { ...csrf, "sec-fetch-site": "cross-site" })).status).toBe(403);
    expect((await s.visitor().json("/v1/tickets", NEW, own)).status, "a session is no key").toBe(401);
  });
});
