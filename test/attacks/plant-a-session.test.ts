// Session fixation: an attacker puts a session of their own into somebody's browser and waits for them to sign in.

import { beforeAll, describe, expect, it } from "vitest";
import { peopleStage } from "../support/people-stage.ts";

const s = await peopleStage();
const SESSION = "__Host-countersign_session";
beforeAll(async () => {
  await s.person(s.acme, "ann", ["approver"]);
  await s.person(s.acme, "mallory", ["viewer"]);
});

describe("a session that was planted", () => {
  it("is replaced at the login, and ended: who planted it is not signed in as somebody else", async () => {
    const mallory = await s.signIn("mallory");
    const planted = mallory.cookies.get(SESSION) ?? "";
    const ann = s.visitor();
    ann.cookies.set(SESSION, planted);
    await s.signIn("ann", ann);
    expect(ann.cookies.get(SESSION)).not.toBe(planted);
    expect(await (await ann.get("/approvals")).text()).toContain("ann <span");
    expect((await mallory.get("/approvals")).status).toBe(303);
  });

  it.each<[string, (own: string) => string]>([
    ["made up", (own) => own.replace(/.{64}$/, "ab".repeat(32))],
    ["with a digit changed", (own) => own.slice(0, -1) + (own.endsWith("0") ? "1" : "0")],
    ["of another client's id", (own) => own.replace(/^[^.]+/, s.globex.id)],
    ["of a client that is none", (own) => own.replace(/^[^.]+/, "00000000-0000-7000-8000-00000000abcd")],
    ["of the platform's own log", (own) => own.replace(/^[^.]+/, "00000000-0000-7000-8000-000000000000")],
    ["cut off", (own) => own.slice(0, 60)],
    ["empty", () => ""],
    ["with SQL in it", (own) => `${own}' or '1'='1`],
    ["a megabyte long", () => "a".repeat(1_000_000)],
  ])("%s is nobody's", async (_what, change) => {
    const ann = await s.signIn("ann");
    ann.cookies.set(SESSION, change(ann.cookies.get(SESSION) ?? ""));
    expect((await ann.get("/approvals")).status).toBe(303);
    expect((await ann.get("/api/approvals")).status).toBe(401);
  });

  it("cannot be planted by another host: over https the cookie has the __Host- name, and a plain one is not read", async () => {
    const mallory = await s.signIn("mallory");
    const ann = s.visitor();
    ann.cookies.set("countersign_session", mallory.cookies.get(SESSION) ?? "");
    expect((await ann.get("/approvals")).status).toBe(303);
  });
});
