// Clickjacking: our page lies invisible over another one, and a click there is an answer here. And what else a browser must be told.

import { beforeAll, describe, expect, it } from "vitest";
import type { AgentId } from "#kernel";
import { peopleStage } from "../support/people-stage.ts";

const s = await peopleStage();
let claude: AgentId;
beforeAll(async () => {
  await s.person(s.acme, "ann", ["approver"]);
  claude = await s.agent(s.acme, "claude", await s.person(s.acme, "cleo", ["viewer"]));
});

describe("every page for people", () => {
  it.each(["/login", "/approvals", "/controls", "/passkeys", "one approval"])(
    "%s is in no frame, runs no script but ours, and is kept by nobody",
    async (page) => {
      const ann = await s.signIn("ann");
      const path =
        page === "one approval" ? `/approvals/${(await s.ask(s.acme, claude, { risk: "high" })).approval}` : page;
      const answer = await ann.get(path);
      expect(answer.status).toBe(200);
      expect(answer.headers.get("x-frame-options")).toBe("DENY");
      const policy = answer.headers.get("content-security-policy") ?? "";
      for (const rule of [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
      ])
        expect(policy).toContain(rule);
      expect(policy).not.toContain("unsafe");
      expect(answer.headers.get("cache-control")).toBe("no-store");
      expect(answer.headers.get("referrer-policy")).toBe("no-referrer");
      expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
      const html = await answer.text();
      expect(html).not.toMatch(/<script(?! src="\/console\/)/);
      expect(html).not.toMatch(/ on\w+=|style=|(?:src|href)="https?:/);
    },
  );

  it("what an agent wrote is text on it, never markup", async () => {
    const evil = '<img src=x onerror="alert(1)"></textarea><script>alert(2)</script>';
    const shown = {
      title: evil,
      tool: evil,
      agent: evil,
      requester: evil,
      repository: evil,
      observed: [evil],
      recommended: evil,
      rules: [{ id: evil, version: evil, text: evil }],
      confidence: { value: 1, why: [evil] },
      arguments: [{ name: evil, value: evil }],
      preview: evil,
      consequences: evil,
    };
    const { approval } = await s.ask(s.acme, claude, { shown });
    const ann = await s.signIn("ann");
    for (const path of ["/approvals", `/approvals/${approval}`]) {
      const html = await (await ann.get(path)).text();
      expect(html).toContain("&lt;img src=x");
      expect(html).not.toContain("<img");
      expect(html).not.toContain("<script>");
    }
  });
});
