// What an agent is answered, as it goes over the wire: the same words in MCP's structured content, in HTTP bodies and in OpenAPI.

import { z } from "zod";
import type { Answer } from "#gateway";
import { REFUSAL_CODES } from "#gateway";
import { iso, type Json } from "#kernel";

const json: z.ZodType<Json> = z.json();
const rule = z.strictObject({ id: z.string(), version: z.string(), text: z.string() });
const rules = z.array(rule).describe("The rules that decided, each with the version that was in force.");
const call = z.uuid().describe("The call's id. Ask for its status with it.");
const why = z.string().describe("What happened, in plain words.");
const next = z.string().describe("What to do about it.");

export const wireAnswer = z.discriminatedUnion("status", [
  z.strictObject({ status: z.literal("done"), call, summary: z.string(), result: json }),
  z.strictObject({
    status: z.literal("pending"),
    call,
    approval: z.uuid(),
    expiresAt: z.iso.datetime().describe("No answer by then is a no."),
    url: z.string().describe("Where a person decides. Not for the agent: it needs a person's session."),
    why,
    next,
  }),
  z.strictObject({ status: z.literal("running"), call, next }),
  z.strictObject({
    status: z.literal("explained"),
    call,
    verdict: z.strictObject({ colour: z.enum(["GREEN", "YELLOW", "RED"]), rules, set: z.string() }),
    wouldDo: z.string(),
    plan: json,
  }),
  z.strictObject({
    status: z.literal("refused"),
    call: call.nullable().describe("null: it was refused before it was a call."),
    code: z.enum(REFUSAL_CODES),
    rules,
    why,
    next,
    human: z.boolean().describe("Whether a person can be asked about it."),
  }),
  z.strictObject({ status: z.literal("failed"), call, code: z.enum(["FAIL_TO_HUMAN", "failed"]), why, next }),
]);
export type WireAnswer = z.infer<typeof wireAnswer>;

const POLL = "Ask for its status: over MCP with call.status, over HTTP with GET /v1/calls/ID.";

export function told(answer: Answer): WireAnswer {
  switch (answer.kind) {
    case "done": {
      const { call: id, summary, result } = answer;
      return { status: "done", call: id, summary, result };
    }
    case "pending": {
      const { call: id, approval, expiresAt, url, why: because } = answer;
      return {
        status: "pending",
        call: id,
        approval,
        expiresAt: iso(expiresAt),
        url,
        why: because,
        next: `A person is asked. ${POLL} Asking for the same thing once more does not make it faster.`,
      };
    }
    case "running":
      return { status: "running", call: answer.call, next: POLL };
    case "explained": {
      const { call: id, verdict, wouldDo, plan } = answer;
      return {
        status: "explained",
        call: id,
        verdict: { colour: verdict.colour, rules: verdict.rules.map((each) => ({ ...each })), set: verdict.set },
        wouldDo,
        plan,
      };
    }
    case "refused": {
      const { kind: _, ...rest } = answer;
      return { status: "refused", ...rest, rules: answer.rules.map((each) => ({ ...each })) };
    }
    case "failed": {
      const { kind: _, ...rest } = answer;
      return { status: "failed", ...rest };
    }
  }
}

/** For a model that reads text: the same, in sentences. */
export function sentences(answer: WireAnswer): string {
  switch (answer.status) {
    case "done":
      return `${answer.summary}\n\n${JSON.stringify(answer.result, null, 2)}`;
    case "pending":
      return `Waiting for a person, until ${answer.expiresAt}: ${answer.why}\nThe call is ${answer.call}. ${answer.next}`;
    case "running":
      return `The call ${answer.call} is running. ${answer.next}`;
    case "explained":
      return `Only explained, nothing was done. Verdict ${answer.verdict.colour}.\n${answer.wouldDo}${cited(answer.verdict.rules)}`;
    case "refused":
      return `Refused (${answer.code}): ${answer.why}\n${answer.next}${cited(answer.rules)}${answer.code === "policy_red" ? "\nNobody can allow this: do not ask for it in other words." : ""}`;
    case "failed":
      return `Failed (${answer.code}): ${answer.why}\n${answer.next}`;
  }
}

const cited = (all: readonly z.infer<typeof rule>[]): string =>
  all.map(({ id, version, text }) => `\nRule ${id}@${version}: ${text}`).join("");
