// The plain HTTP API: a call, its status, the tools. Same decisions, same words as over MCP.

import { Hono } from "hono";
import { z } from "zod";
import { problemsIn, type Asked, type Gateway, type RefusalCode } from "#gateway";
import { callId } from "#kernel";
import { problem, type HttpEnv } from "#platform/http";
import { told, type WireAnswer } from "./answer.ts";
import { asides, connectionOf } from "./asked.ts";
import type { AgentContext, WhoAsks } from "./bearer.ts";
import { bodyProblem } from "./body-problem.ts";
import { readBody } from "./body.ts";
import { LIMITS } from "./limits.ts";
import { toolsFor } from "./tools.ts";

export const callRequest = z.strictObject({
  tool: z.string().min(1).max(LIMITS.toolName).describe("Its name, from GET /v1/tools."),
  arguments: z.json().describe("What the tool's inputSchema says."),
  explain: asides.explain.default(false),
  session: asides.session.nullable().default(null),
  batch: asides.batch.nullable().default(null),
  citations: asides.citations.default([]),
  confidence: asides.confidence.nullable().default(null),
});

export interface CallRouteParts {
  readonly gateway: Gateway;
  readonly whoAsks: WhoAsks;
}

export function callRoutes({ gateway, whoAsks }: CallRouteParts): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();

  app.post("/v1/calls", async (c) => {
    const asking = await whoAsks(c);
    if (asking.kind === "refused") return asking.response;
    const strange = Object.keys(c.req.query()).find((name) => name !== "wait");
    if (strange !== undefined) return notInTheAddress(c, strange);
    const waitMs = waitOf(c, LIMITS.callWaitMs);
    const key = asides.idempotencyKey.safeParse(c.req.header("idempotency-key"));
    if (waitMs === null) return badWait(c);
    if (!key.success && c.req.header("idempotency-key") !== undefined)
      return problem(c, {
        status: 400,
        code: "input_invalid",
        title: `Idempotency-Key takes 1 to ${LIMITS.key} printable characters.`,
      });
    const body = await readBody(c.req.raw);
    if (body.kind !== "json") return bodyProblem(c, body);
    const parsed = callRequest.safeParse(body.value);
    if (!parsed.success)
      return problem(c, {
        status: 400,
        code: "input_invalid",
        title: "The body is not of the form that GET /v1/openapi.json describes for a call.",
        detail: problemsIn(parsed.error, "the body").join("; "),
      });
    const connection = connectionOf(c.req.raw.headers);
    const asked: Asked = {
      ...parsed.data,
      explain: parsed.data.explain || connection.explain,
      session: parsed.data.session ?? connection.session,
      idempotencyKey: key.success ? key.data : null,
      traceparent: connection.traceparent,
      from: "http",
    };
    return created(c, told(await gateway.handle(asking.who, asked, waitMs)));
  });

  app.get("/v1/calls/:id", async (c) => {
    const asking = await whoAsks(c);
    if (asking.kind === "refused") return asking.response;
    const waitMs = waitOf(c, 0);
    if (waitMs === null) return badWait(c);
    const id = callId(c.req.param("id"));
    const found = id === null ? null : await gateway.status(asking.who, id, waitMs);
    if (found === null) return problem(c, { status: 404, code: "not_found", title: "There is nothing here." });
    return answer(c, told(found), 200);
  });

  app.get("/v1/tools", async (c) => {
    const asking = await whoAsks(c);
    if (asking.kind === "refused") return asking.response;
    c.header("cache-control", "no-store");
    return c.json({ tools: toolsFor(asking.who) });
  });
  return app;
}

type Status = 200 | 202 | 400 | 403 | 404 | 409 | 429 | 502 | 503;

const STATUS: Readonly<Record<RefusalCode, Status>> = {
  killed: 503,
  tool_unknown: 404,
  arguments_invalid: 400,
  key_reused: 409,
  not_found: 404,
  facts_unavailable: 503,
  over_budget: 429,
  policy_red: 403,
  rejected: 403,
  timeout: 403,
  void: 409,
  doer_refused: 403,
  tenant_inactive: 404,
};

/** Of the call that was made now: a refusal is a problem document (RFC 9457) with the answer's own members. */
function created(c: AgentContext, made: WireAnswer): Response {
  const call = made.call;
  if (call !== null) c.header("location", `/v1/calls/${call}`);
  switch (made.status) {
    case "done":
    case "explained":
      return answer(c, made, 200);
    case "pending":
    case "running":
      return answer(c, made, 202);
    case "refused":
      return refusal(c, made, STATUS[made.code]);
    case "failed":
      return refusal(c, made, 502);
  }
}

function answer(c: AgentContext, body: WireAnswer, status: 200 | 202): Response {
  c.header("cache-control", "no-store");
  return c.json(body, status);
}

function refusal(c: AgentContext, made: Extract<WireAnswer, { code: string }>, status: Status): Response {
  const { status: kind, ...members } = made;
  const body = {
    type: `urn:countersign:refusal:${made.code.toLowerCase()}`,
    title: made.why,
    status,
    detail: made.next,
    instance: `urn:uuid:${c.get("requestId")}`,
    answer: kind,
    ...members,
  };
  return c.body(JSON.stringify(body), status, {
    "content-type": "application/problem+json",
    "cache-control": "no-store",
  });
}

/** Seconds, in milliseconds; null: not understood. */
function waitOf(c: AgentContext, fallback: number): number | null {
  const given = c.req.query("wait");
  if (given === undefined) return fallback;
  const seconds = /^\d{1,2}$/.test(given) ? Number(given) : Number.NaN;
  return seconds * 1_000 <= LIMITS.waitMs ? seconds * 1_000 : null;
}

/** INVARIANT: who meant to have a call only explained, and said so in the wrong place, has nothing carried out. */
const notInTheAddress = (c: AgentContext, name: string): Response =>
  problem(c, {
    status: 400,
    code: "input_invalid",
    title: `The address takes wait and nothing else, and this one has ${JSON.stringify(name.slice(0, 60))}. Nothing was done.`,
    detail: Object.hasOwn(callRequest.shape, name)
      ? `Say it in the body: ${name} is a member of it, beside tool and arguments.`
      : "What a call says stands in the body: GET /v1/openapi.json describes it.",
  });

const badWait = (c: AgentContext): Response =>
  problem(c, {
    status: 400,
    code: "input_invalid",
    title: `wait takes whole seconds, at most ${LIMITS.waitMs / 1_000}.`,
  });
