// Somebody names this server in a header as they like, so that an address in an answer of ours leads to them: where tokens come from, which server
// they are for, where a person decides. And a key is written where others read it: into an address.

import { expect, it } from "vitest";
import { agentStage, KEY } from "../mcp/stage.ts";

const oauth = { issuer: "https://issuer.example", audience: "https://gate.example/mcp" };
const stage = await agentStage({ oauth });
const HEADERS: readonly Readonly<Record<string, string>>[] = [
  { "x-forwarded-host": "evil.example", "x-forwarded-proto": "http" },
  { forwarded: "host=evil.example;proto=http" },
  { "x-original-url": "https://evil.example/", "x-rewrite-url": "/evil" },
  { "x-host": "evil.example", "x-forwarded-server": "evil.example" },
];

it.each(HEADERS)("%j: the metadata, and what a 401 says, name the configured server", async (headers) => {
  for (const path of ["/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp"]) {
    const said = await (await stage.fetch(path, { key: null, headers })).json();
    expect(said).toMatchObject({ resource: oauth.audience, authorization_servers: [oauth.issuer] });
  }
  for (const path of ["/mcp", "/v1/tools", "/v1/calls/x"]) {
    const answer = await stage.fetch(path, { key: null, headers });
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toContain('resource_metadata="https://gate.example/.well-known/oauth-protected-resource/mcp"'); // prettier-ignore
    expect(`${await answer.text()}${JSON.stringify([...answer.headers])}`).not.toContain("evil");
  }
});

it("a key in an address, a cookie, a body or another scheme is none", async () => {
  const tries: readonly (readonly [string, RequestInit])[] = [
    [`/v1/tools?access_token=${KEY}`, {}],
    [`/v1/tools?key=${KEY}&token=${KEY}`, {}],
    ["/v1/tools", { headers: { cookie: `authorization=Bearer ${KEY}; token=${KEY}` } }],
    ["/v1/tools", { headers: { "x-api-key": KEY, "proxy-authorization": `Bearer ${KEY}` } }],
    ["/v1/tools", { headers: { authorization: `Basic ${Buffer.from(`${KEY}:`).toString("base64")}` } }],
    ["/v1/tools", { headers: { authorization: `Bearer ${KEY}, Bearer ${KEY}` } }],
    ["/v1/calls", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ access_token: KEY, tool: "repo.read" }) }],
  ]; // prettier-ignore
  for (const [path, init] of tries) expect((await stage.fetch(path, { ...init, key: null })).status).toBe(401);
  expect((await stage.fetch("/v1/tools")).status).toBe(200);
});
