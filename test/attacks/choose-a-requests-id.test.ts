// Whoever reads or acts here would like their entries to carry the id of somebody else's delivery: what belongs together in the log is found by it.

import { expect, it } from "vitest";
import { createHttpApp } from "#platform/http";
import { createLog } from "#platform/log";

const OTHERS = "72d3162e-cc78-11e3-81ab-4c9367dc0958";
const lines: string[] = [];
const app = createHttpApp({
  log: createLog({ level: "info", secrets: [], write: (line) => lines.push(line) }),
  notReady: async () => null,
});
app.all("*", (c) => c.text(c.get("requestId")));

it.each(["/mcp", "/v1/calls", "/login", "/api/github/webhooks/", "/api/github/webhooks/x", "//api/github/webhooks"])(
  "%s: an id is ours to choose",
  async (path) => {
    const answer = await app.request(path, { headers: { "x-github-delivery": OTHERS } });
    expect(await answer.text()).not.toBe(OTHERS);
    expect(answer.headers.get("x-request-id")).not.toBe(OTHERS);
    expect(lines.join("")).not.toContain(OTHERS);
  },
);

it("where GitHub delivers, it is the delivery's", async () => {
  const answer = await app.request("/api/github/webhooks", { headers: { "x-github-delivery": OTHERS } });
  expect(await answer.text()).toBe(OTHERS);
});
