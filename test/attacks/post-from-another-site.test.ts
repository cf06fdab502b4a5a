// Cross-site request forgery: a page of somebody else's posts our forms in the browser of an approver who is signed in. A browser sends
// no Lax cookie with that; here it does, as an old one would, and the server still does nothing.

import { beforeAll, describe, expect, it } from "vitest";
import type { AgentId } from "#kernel";
import { ORIGIN, peopleStage } from "../support/people-stage.ts";

const s = await peopleStage();
let claude: AgentId;
beforeAll(async () => {
  await s.person(s.acme, "ann", ["approver", "operator"]);
  claude = await s.agent(s.acme, "claude", await s.person(s.acme, "cleo", ["viewer"]));
});

const own = { origin: ORIGIN, "sec-fetch-site": "same-origin" };

describe("a form from another site", () => {
  it.each<[string, Readonly<Record<string, string>>]>([
    ["another site's origin", { origin: "https://evil.example", "sec-fetch-site": "cross-site" }],
    ["another site's origin, in a browser that says no more", { origin: "https://evil.example" }],
    ["our origin, but fetched across sites", { origin: ORIGIN, "sec-fetch-site": "cross-site" }],
    ["a sister host", { origin: "https://evil.countersign.example", "sec-fetch-site": "same-site" }],
    ["our name without https", { origin: "http://countersign.example" }],
    ["an opaque origin, as of a sandboxed frame", { origin: "null" }],
    ["no origin at all", {}],
  ])("with %s approves nothing, even with the right token", async (_whose, headers) => {
    const { approval, digest } = await s.ask(s.acme, claude);
    const ann = await s.signIn("ann");
    const fields = { csrf: await s.csrf(ann), digest, answer: "approve", reason: "" };
    expect((await ann.post(`/approvals/${approval}`, fields, headers)).status).toBe(403);
    expect(await (await ann.get(`/approvals/${approval}`)).text()).toContain("Waiting for one person");
  });

  it.each<[string, string]>([
    ["none", ""],
    ["a guess", "0".repeat(64)],
    ["a part of it", "half"],
  ])("of our own origin with %s for a token approves, stops and signs out nothing", async (_what, given) => {
    const { approval, digest } = await s.ask(s.acme, claude);
    const ann = await s.signIn("ann");
    const csrf = given === "half" ? (await s.csrf(ann)).slice(0, 32) : given;
    for (const [path, fields] of [
      [`/approvals/${approval}`, { digest, answer: "approve" }],
      ["/controls/stop", { scope: "tenant", reason: "x" }],
      ["/logout", {}],
    ] as const)
      expect((await ann.post(path, { csrf, ...fields })).status, path).toBe(403);
    expect(await (await ann.get(`/approvals/${approval}`)).text()).toContain("Waiting for one person");
  });

  it("with the token of somebody else's session, or of an earlier one, approves nothing", async () => {
    const { approval, digest } = await s.ask(s.acme, claude);
    const earlier = await s.csrf(await s.signIn("ann"));
    const cleos = await s.csrf(await s.signIn("cleo"));
    const ann = await s.signIn("ann");
    for (const csrf of [earlier, cleos])
      expect((await ann.post(`/approvals/${approval}`, { csrf, digest, answer: "approve" })).status).toBe(403);
  });

  it("as text that happens to be JSON does not get through the API", async () => {
    const { approval, digest } = await s.ask(s.acme, claude);
    const ann = await s.signIn("ann");
    const token = await s.csrf(ann);
    const body = { digest, answer: "approve" };
    const plain = { ...own, "content-type": "text/plain", "x-csrf-token": token };
    expect((await ann.json(`/api/approvals/${approval}`, body, plain)).status).toBe(403);
    expect((await ann.json(`/api/approvals/${approval}`, body, { ...own })).status).toBe(403);
  });
});
