import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { REFUSAL_CODES } from "#gateway";
import { agentStage, ANSWERS, CALL, KEY } from "./stage.ts";

const stage = await agentStage();
const CALLED = { tool: "repo.read", arguments: { repository: "acme/shop", paths: ["a.ts"] } };

describe("POST /v1/calls", () => {
  it.each([
    ["done", 200],
    ["explained", 200],
    ["pending", 202],
    ["running", 202],
  ] as const)("answers %s with %i, and where its status is", async (kind, status) => {
    stage.answer("handle", ANSWERS[kind]);
    const response = await stage.post("/v1/calls", CALLED);
    expect(response.status).toBe(status);
    expect(response.headers.get("location")).toBe(`/v1/calls/${CALL}`);
    expect(await response.json()).toMatchObject({ status: kind, call: CALL });
  });

  it("a refusal is a problem document that says which rule, why, and what next", async () => {
    stage.answer("handle", ANSWERS.refused);
    const response = await stage.post("/v1/calls", CALLED);
    expect([response.status, response.headers.get("content-type")]).toEqual([403, "application/problem+json"]);
    expect(await response.json()).toMatchObject({
      type: "urn:countersign:refusal:policy_red",
      title: "It would rewrite history.",
      detail: "Add a commit instead.",
      rules: [{ id: "floor.force-push" }],
      human: false,
      call: CALL,
    });
  });

  it.each(REFUSAL_CODES)("refused with %s is never a success", async (code) => {
    stage.answer("handle", { ...ANSWERS.refused, code });
    expect((await stage.post("/v1/calls", CALLED)).status).toBeGreaterThanOrEqual(400);
  });

  it("a failure that goes to a person is 502, and says so", async () => {
    stage.answer("handle", ANSWERS.failed);
    const response = await stage.post("/v1/calls", CALLED);
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({
      code: "FAIL_TO_HUMAN",
      type: "urn:countersign:refusal:fail_to_human",
    });
  });

  it("key, explain, session and the rest reach the gateway as they were said", async () => {
    stage.answer("handle", ANSWERS.done);
    await stage.post(
      "/v1/calls",
      { ...CALLED, explain: true, session: "s", batch: { updates: 2, cents: 5 }, citations: ["a.b@1"], confidence: 7 },
      { headers: { "idempotency-key": "k" } },
    );
    expect(stage.asked.at(-1)).toEqual({
      ...CALLED,
      idempotencyKey: "k",
      explain: true,
      session: "s",
      batch: { updates: 2, cents: 5 },
      citations: ["a.b@1"],
      confidence: 7,
      traceparent: null,
      from: "http",
    });
  });

  it.each([
    ["no arguments", { tool: "repo.read" }, "arguments: is missing, or is no JSON"],
    ["no tool", { arguments: {} }, "tool: is missing (string)"],
    ["a key that is not known", { ...CALLED, dryRun: true }, 'the body: Unrecognized key: "dryRun"'],
    ["explain in words", { ...CALLED, explain: "yes" }, "explain: Invalid input: expected boolean, received string"],
    ["a list", [], "the body: Invalid input: expected object, received array"],
    ["no JSON", "{", undefined],
  ])("fails closed: %s is refused with what is wrong, and the gateway is not asked", async (_what, body, detail) => {
    const before = stage.asked.length;
    const response = await stage.post("/v1/calls", body);
    expect(response.status).toBe(400);
    expect(z.looseObject({ detail: z.string().optional() }).parse(await response.json()).detail).toBe(detail);
    expect(stage.asked).toHaveLength(before);
  });
});

describe("what is said in the address of POST /v1/calls", () => {
  it("is how long it waits", async () => {
    stage.answer("handle", ANSWERS.done);
    expect((await stage.post("/v1/calls?wait=1", CALLED)).status).toBe(200);
  });

  it.each([
    ["explain=true", "Say it in the body: explain is a member of it, beside tool and arguments."],
    ["wait=1&explain", "Say it in the body: explain is a member of it, beside tool and arguments."],
    ["explan=true", "What a call says stands in the body: GET /v1/openapi.json describes it."],
    ["toString=1", "What a call says stands in the body: GET /v1/openapi.json describes it."],
  ])("fails closed: ?%s is refused with where it belongs, and the gateway is not asked", async (query, detail) => {
    const before = stage.asked.length;
    const response = await stage.post(`/v1/calls?${query}`, CALLED);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ status: 400, detail });
    expect(stage.asked).toHaveLength(before);
  });
});

describe("GET /v1/calls/:id", () => {
  it("answers 200 for every end, also a refusal: the question was answered", async () => {
    for (const kind of ["done", "pending", "running", "explained", "refused", "failed"] as const) {
      stage.answer("status", ANSWERS[kind]);
      const response = await stage.fetch(`/v1/calls/${CALL}?wait=1`);
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ status: kind });
    }
  });

  it("a call that is not this agent's, and none at all, are the same answer", async () => {
    stage.answer("status", null);
    const answers = await Promise.all(
      [CALL, "nonsense", `${CALL}'--`].map((id) => stage.fetch(`/v1/calls/${encodeURIComponent(id)}`)),
    );
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
  });

  it.each(["26", "-1", "1.5", "long"])("wait=%s is refused", async (wait) => {
    expect((await stage.fetch(`/v1/calls/${CALL}?wait=${wait}`)).status).toBe(400);
  });
});

describe("the description", () => {
  it("GET /v1/tools lists what this agent may call", async () => {
    const { tools } = z
      .object({ tools: z.array(z.looseObject({ name: z.string() })) })
      .parse(await (await stage.fetch("/v1/tools")).json());
    expect(tools.map(({ name }) => name)).toContain("pr.merge");
    expect(tools.map(({ name }) => name)).not.toContain("call.status");
  });

  it("GET /v1/openapi.json is public, and every answer fits the schema that it gives for answers", async () => {
    const document = z
      .object({ openapi: z.literal("3.1.0"), components: z.object({ schemas: z.record(z.string(), z.json()) }) })
      .parse(await (await stage.fetch("/v1/openapi.json", { key: null })).json());
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    const fits = ajv.compile(z.looseObject({}).parse(document.components.schemas["Answer"]));
    for (const answer of Object.values(ANSWERS)) {
      stage.answer("status", answer);
      const body: unknown = await (await stage.fetch(`/v1/calls/${CALL}`)).json();
      expect(fits(body), JSON.stringify(fits.errors)).toBe(true);
    }
  });
});

it("GET /v1/openapi.json describes tickets, too, and names nothing that it does not have", async () => {
  const text = await (await stage.fetch("/v1/openapi.json", { key: null })).text();
  const document = z
    .object({
      paths: z.record(z.string(), z.json()),
      components: z.object({
        schemas: z.record(z.string(), z.json()),
        securitySchemes: z.record(z.string(), z.json()),
      }),
    })
    .parse(JSON.parse(text));
  expect(Object.keys(document.paths)).toEqual(
    expect.arrayContaining(["/v1/tickets", "/v1/tickets/{ticket}", "/v1/tickets/{ticket}/acts", "/v1/calls"]),
  );
  const named = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name = ""]) => name);
  for (const name of named) expect(Object.keys(document.components.schemas), name).toContain(name);
  expect(Object.keys(document.components.securitySchemes)).toEqual(expect.arrayContaining(["agentKey", "ticketKey"]));
});

describe("who asks", () => {
  it("every route but the public ones asks for a key", async () => {
    for (const path of ["/v1/tools", `/v1/calls/${CALL}`])
      expect((await stage.fetch(path, { key: "other" })).status, path).toBe(401);
    expect((await stage.post("/v1/calls", CALLED, { key: null })).status).toBe(401);
  });

  it("who asks too often waits, and is told how long", async () => {
    const busy = await agentStage();
    const answers = [];
    for (let i = 0; i < 125; i += 1) answers.push(await busy.fetch("/v1/tools", { key: KEY }));
    expect(answers.at(0)?.status).toBe(200);
    expect([answers.at(-1)?.status, answers.at(-1)?.headers.get("retry-after")]).toEqual([429, "1"]);
  });
});
