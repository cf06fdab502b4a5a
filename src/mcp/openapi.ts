// The plain HTTP API, described: made of the same shapes that read and write it.

import { z } from "zod";
import type { Json } from "#kernel";
import { wireAnswer } from "./answer.ts";
import { callRequest } from "./call-routes.ts";
import { LIMITS } from "./limits.ts";
import { shownTool } from "./tools.ts";

const schemaOf = (shape: z.ZodType, io: "input" | "output"): Json => {
  const { $schema: _, ...schema } = z.toJSONSchema(shape, { io, unrepresentable: "any" });
  return z.json().parse(JSON.parse(JSON.stringify(schema)));
};

const json = (schema: string, description: string): Json => ({
  description,
  content: { "application/json": { schema: { $ref: `#/components/schemas/${schema}` } } },
});
const problems = (...statuses: readonly (readonly [number, string])[]): Record<string, Json> =>
  Object.fromEntries(
    statuses.map(([status, description]) => [
      String(status),
      { description, content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } } },
    ]),
  );

const wait = {
  name: "wait",
  in: "query",
  description: "Seconds to wait for an end before answering.",
  schema: { type: "integer", minimum: 0, maximum: LIMITS.waitMs / 1_000 },
};
const EVERYWHERE = problems(
  [401, "Every key or token that is none, with one answer."],
  [403, "Another host or origin than this server's."],
  [429, "Too many requests: Retry-After."],
  [503, "The kill switch is pressed, or something that is needed cannot be reached."],
);

/** What else this server answers under /v1, in OpenAPI's own words. */
export interface AlsoDescribed {
  readonly paths: Readonly<Record<string, Json>>;
  readonly schemas: Readonly<Record<string, Json>>;
  readonly securitySchemes: Readonly<Record<string, Json>>;
}

export const openApi = (version: string, also: AlsoDescribed): Json => ({
  openapi: "3.1.0",
  info: {
    title: "Countersign: tool calls of agents, and tickets",
    version,
    description: "Every call is decided before anything happens. See docs/http.md.",
  },
  security: [{ agentKey: [] }],
  paths: {
    ...also.paths,
    "/v1/tools": {
      get: {
        operationId: "listTools",
        summary: "The tools that this agent may call.",
        responses: { "200": json("Tools", "In the rules' order."), ...EVERYWHERE },
      },
    },
    "/v1/calls": {
      post: {
        operationId: "makeCall",
        summary: "Ask for a tool call.",
        parameters: [
          {
            name: "Idempotency-Key",
            in: "header",
            description: "Same key and same arguments: the same call, whose answer is given again.",
            schema: { type: "string", minLength: 1, maxLength: LIMITS.key },
          },
          wait,
        ],
        requestBody: {
          required: true,
          content: { "application/json": { schema: { $ref: "#/components/schemas/CallRequest" } } },
        },
        responses: {
          ...EVERYWHERE,
          "200": json("Answer", "Done, or explained."),
          "202": json("Answer", "A person is asked, or it is running: ask for its status."),
          ...problems(
            [400, "The body or the arguments are not of the form that is expected."],
            [403, "Refused: by a rule, by a person, by time. `code`, `why`, `next` and `rules` say which."],
            [404, "No such tool for this agent, or what the call names is not there."],
            [409, "The key was used with other arguments, or what was approved is not what would run now."],
            [413, "The body is too large."],
            [502, "It failed; nothing was carried out in part."],
          ),
        },
      },
    },
    "/v1/calls/{id}": {
      get: {
        operationId: "callStatus",
        summary: "How a call stands; with its result when it is done.",
        parameters: [
          {
            name: "id",
            in: "path",
            required: true,
            description: "The call's id.",
            schema: { type: "string", format: "uuid" },
          },
          wait,
        ],
        responses: {
          ...EVERYWHERE,
          "200": json("Answer", "Also a refusal or a failure: the question was answered."),
          ...problems([404, "This agent has no such call."]),
        },
      },
    },
  },
  components: {
    securitySchemes: {
      ...also.securitySchemes,
      agentKey: {
        type: "http",
        scheme: "bearer",
        description: "An agent's key, or an access token of the configured issuer.",
      },
    },
    schemas: {
      ...also.schemas,
      CallRequest: schemaOf(callRequest, "input"),
      Answer: schemaOf(wireAnswer, "output"),
      Tools: schemaOf(z.strictObject({ tools: z.array(shownTool) }), "output"),
      Problem: {
        type: "object",
        description: "RFC 9457. A refusal has the members of an answer, too.",
        required: ["type", "title", "status"],
        properties: {
          type: { type: "string" },
          title: { type: "string" },
          status: { type: "integer" },
          detail: { type: "string" },
          instance: { type: "string" },
          code: { type: "string" },
          why: { type: "string" },
          next: { type: "string" },
          call: { type: ["string", "null"] },
          human: { type: "boolean" },
        },
        additionalProperties: true,
      },
    },
  },
});
