// MCP over streamable HTTP. One handler serves the three versions that clients speak; each request has a server of its own.

import { Hono } from "hono";
import { createMcpHandler, type AuthInfo } from "@modelcontextprotocol/server";
import type { Gateway } from "#gateway";
import type { AgentPrincipal } from "#identity";
import { problem, type HttpEnv } from "#platform/http";
import { told } from "./answer.ts";
import { connectionOf, type Connection } from "./asked.ts";
import type { WhoAsks } from "./bearer.ts";
import { bodyProblem } from "./body-problem.ts";
import { readBody } from "./body.ts";
import { LIMITS } from "./limits.ts";
import { claudeMeans, claudeNames } from "./native/claude-code.ts";
import { decideNative } from "./native/judge.ts";
import { folderOf, staying, workplace } from "./native/means.ts";
import { mcpServer, type AgentDoor } from "./server.ts";
import { namesFor, toolsFor } from "./tools.ts";

export interface McpRouteParts {
  readonly gateway: Gateway;
  readonly whoAsks: WhoAsks;
  readonly version: string;
}

interface Peer {
  readonly who: AgentPrincipal;
  readonly connection: Connection;
  readonly repository: string | null;
  /** null: its settings do not say in which folder its program works. */
  readonly directory: string | null;
}

export function mcpRoutes({ gateway, whoAsks, version }: McpRouteParts): Hono<HttpEnv> {
  // By the object that the handler passes through untouched: nothing that a request says can name another one.
  const peers = new WeakMap<AuthInfo, Peer>();
  const handler = createMcpHandler(
    ({ authInfo }) => {
      const peer = authInfo === undefined ? undefined : peers.get(authInfo);
      if (peer === undefined) throw new Error("An MCP request without its agent.");
      return mcpServer(doorOf(gateway, peer), peer.connection, version);
    },
    // The list of tools changes with nothing that happens here, so nobody is told anything by a stream that stays open. INVARIANT: none does:
    // those that may are counted over all agents together, and would outlive the key and the switch.
    { maxRequestBodySize: LIMITS.bodyBytes, maxSubscriptions: 0 },
  );

  const app = new Hono<HttpEnv>();
  app.all("/mcp", async (c) => {
    const asking = await whoAsks(c);
    if (asking.kind === "refused") return asking.response;
    const { who } = asking;
    const authInfo: AuthInfo = { token: "", clientId: who.agent, scopes: [] };
    const headers = c.req.raw.headers;
    peers.set(authInfo, {
      who,
      connection: connectionOf(headers),
      repository: headers.get("countersign-repository"),
      directory: folderOf(headers.get("countersign-directory")),
    });
    if (c.req.method !== "POST") return handler.fetch(c.req.raw, { authInfo });
    if (!(headers.get("content-type") ?? "").toLowerCase().startsWith("application/json"))
      return problem(c, { status: 415, code: "input_invalid", title: "The body has to be application/json." });
    const body = await readBody(c.req.raw);
    if (body.kind !== "json") return bodyProblem(c, body);
    // INVARIANT: a request is one message, as the protocol has it since 2025-06-18: a hundred in one would be one to whoever counts requests.
    if (Array.isArray(body.value))
      return problem(c, {
        status: 400,
        code: "input_invalid",
        title: "One message in a request: a list of them is not taken.",
      });
    // The body is read: what the handler gets beside it is the request without one.
    const bare = new Request(c.req.url, { method: "POST", headers, signal: c.req.raw.signal });
    return handler.fetch(bare, { authInfo, parsedBody: body.value });
  });
  return app;
}

const doorOf = (gateway: Gateway, { who, connection, repository, directory }: Peer): AgentDoor => ({
  tools: async () => toolsFor(who),
  call: async (asked, waitMs) => told(await gateway.handle(who, asked, waitMs)),
  status: async (call, waitMs) => {
    const found = await gateway.status(who, call, waitMs);
    return found === null ? null : told(found);
  },
  permission: async (tool, input) =>
    decideNative(
      gateway,
      who,
      staying(claudeMeans(tool, input, workplace(directory, directory, repository), claudeNames(namesFor(who)))),
      connection,
    ),
});
