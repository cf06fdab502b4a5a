// Open redirect: a link to our sign-in that leads to another site afterwards, where somebody types what they should not.

import { beforeAll, describe, expect, it } from "vitest";
import { peopleStage, pathOf } from "../support/people-stage.ts";
import { returnPath } from "../../src/console/people/return-path.ts";

const s = await peopleStage();
beforeAll(async () => void (await s.person(s.acme, "ann", ["approver"])));

const ELSEWHERE = [
  "https://evil.example",
  "//evil.example",
  "///evil.example",
  "/\\evil.example",
  "\\\\evil.example",
  "/approvals/../../evil",
  "/approvals//evil.example",
  "/approvals@evil.example",
  "/.evil.example",
  "javascript:alert(1)",
  "/approvals\r\nset-cookie: a=b",
  "/approvals?return=//evil.example",
  "/approvals#//evil.example",
  "/logout",
  "/api/github/webhooks",
  "",
  `/approvals/${"a".repeat(5_000)}`,
] as const;

describe("where a sign-in leads", () => {
  it.each(ELSEWHERE)("never to %j", async (asked) => {
    expect(returnPath(asked)).toBe("/approvals");
    const who = s.visitor();
    const away = await who.get(`/login/github?return=${encodeURIComponent(asked)}`);
    const chosen = await s.github(`${pathOf(away.headers.get("location") ?? "")}&as=ann`);
    const entered = await who.get(pathOf(chosen.headers.get("location") ?? ""));
    expect([entered.status, entered.headers.get("location")]).toEqual([303, "/approvals"]);
  });

  it.each([
    "/approvals",
    "/controls",
    "/passkeys",
    "/approvals/01a2012d-7f22-71a6-a964-06aed12abeaf",
    "/approvals/x?link=csl_0a_b-c",
  ])("to our own page %s", (asked) => expect(returnPath(asked)).toBe(asked));

  it("GitHub sends nobody back but to the address that is registered", async () => {
    const who = s.visitor();
    const away = new URL((await who.get("/login/github")).headers.get("location") ?? "");
    away.searchParams.set("redirect_uri", "https://evil.example/login/callback");
    expect((await s.github(`${pathOf(away.toString())}&as=ann`)).status).toBe(400);
  });
});
