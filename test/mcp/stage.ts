// The surface for agents on a real port, over a gateway that answers what a test says and remembers what it was asked.

import { ticketApi } from "#console";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { afterAll } from "vitest";
import type { Killed } from "#controls";
import type { Answer, Asked, Gateway } from "#gateway";
import type { AgentPrincipal } from "#identity";
import type { Authenticate, OauthPlace } from "#identity/io";
import { agentId, approvalId, callId, instantOfMillis, personId, tenantId, type Json } from "#kernel";
import { createAgentSurface } from "#mcp";
import { createHttpApp, listen } from "#platform/http";
import { createLog } from "#platform/log";

function some<T>(made: T | null): T {
  if (made === null) throw new Error("not an id");
  return made;
}
export const CALL = some(callId("01900000-0000-7000-8000-0000000000c1"));
export const APPROVAL = some(approvalId("01900000-0000-7000-8000-0000000000a1"));
export const FIXER: AgentPrincipal = {
  tenant: some(tenantId("01900000-0000-7000-8000-00000000acee")),
  agent: some(agentId("01900000-0000-7000-8000-0000000000f1")),
  name: "fixer",
  requester: some(personId("01900000-0000-7000-8000-0000000000e1")),
  requesterName: "mona",
  tools: "all",
};
export const KEY = "csk_of_the_fixer";

const RULE = { id: "floor.force-push", version: "1", text: "History is never rewritten." };
export const ANSWERS = {
  done: { kind: "done", call: CALL, result: { files: [{ path: "a.ts", text: "one" }] }, summary: "Read a.ts." },
  pending: {
    kind: "pending",
    call: CALL,
    approval: APPROVAL,
    expiresAt: instantOfMillis(Date.UTC(2026, 10, 22, 13)),
    url: "https://countersign.example/approvals/1",
    why: "Code for payments waits for a person.",
  },
  running: { kind: "running", call: CALL },
  explained: {
    kind: "explained",
    call: CALL,
    verdict: { colour: "YELLOW", rules: [RULE], set: "s1" },
    wouldDo: "Read a.ts.",
    plan: { steps: 1 },
  },
  refused: {
    kind: "refused",
    call: CALL,
    code: "policy_red",
    rules: [RULE],
    why: "It would rewrite history.",
    next: "Add a commit instead.",
    human: false,
  },
  killed: {
    kind: "refused",
    call: null,
    code: "killed",
    rules: [],
    why: "The kill switch is pressed.",
    next: "Wait for an operator.",
    human: false,
  },
  failed: {
    kind: "failed",
    call: CALL,
    code: "FAIL_TO_HUMAN",
    why: "The doer is away.",
    next: "A person looks at it.",
  },
} as const satisfies Record<string, Answer>;

export interface AgentStage {
  readonly url: string;
  /** What the gateway was asked, in order: handled and judged. */
  readonly asked: readonly Asked[];
  /** What it answers from now on. */
  answer(to: "handle" | "status" | "judge", answer: Answer | null): void;
  kill(reason: string | null): void;
  fetch(path: string, init?: RequestInit & { readonly key?: string | null }): Promise<Response>;
  post(path: string, body: Json | string, init?: RequestInit & { readonly key?: string | null }): Promise<Response>;
  client(version: string | null, headers?: Readonly<Record<string, string>>): Promise<Client>;
}

export interface StageParts {
  readonly authenticate?: Authenticate;
  readonly oauth?: OauthPlace;
  readonly who?: Partial<AgentPrincipal>;
  readonly gateway?: Partial<Gateway>;
  /** Milliseconds between two looks at the clock: for those who ask more than an agent may at once. Absent: it stands. */
  readonly passes?: number;
}

export async function agentStage(parts: StageParts = {}): Promise<AgentStage> {
  const asked: Asked[] = [];
  const answers: Record<"handle" | "status" | "judge", Answer | null> = {
    handle: ANSWERS.done,
    status: ANSWERS.done,
    judge: ANSWERS.explained,
  };
  let killed: Killed | null = null;
  let nowMs = Date.UTC(2026, 10, 22);
  const said = (answer: Answer | null): Answer => {
    if (answer === null) throw new Error("the gateway broke");
    return answer;
  };
  const who = { ...FIXER, ...parts.who };
  const app = createHttpApp({ log: createLog({ level: "silent", secrets: [] }), notReady: async () => null });
  app.route(
    "/",
    createAgentSurface({
      authenticate: parts.authenticate ?? (async (bearer) => (bearer === KEY ? who : null)),
      killSwitch: { platform: () => killed },
      hosts: ["127.0.0.1", "localhost"],
      oauth: parts.oauth ?? null,
      version: "0.0.0",
      also: ticketApi,
      clock: () => (nowMs += parts.passes ?? 0),
      gateway: {
        handle: async (_who, each) => {
          asked.push(each);
          return said(answers.handle);
        },
        status: async () => answers.status,
        judge: async (_who, each) => {
          asked.push(each);
          return said(answers.judge);
        },
        ...parts.gateway,
      },
    }),
  );
  const at = await listen(app, { host: "127.0.0.1", port: 0 });
  const url = `http://127.0.0.1:${at.port}`;
  const clients: Client[] = [];
  afterAll(async () => {
    for (const client of clients) await client.close();
    await at.stop();
  });

  const ask: AgentStage["fetch"] = (path, { key = KEY, ...init } = {}) => {
    const headers = new Headers(init.headers);
    if (key !== null && !headers.has("authorization")) headers.set("authorization", `Bearer ${key}`);
    return fetch(`${url}${path}`, { ...init, headers });
  };
  return {
    url,
    asked,
    answer: (to, answer) => {
      answers[to] = answer;
    },
    kill: (reason) => {
      killed = reason === null ? null : { scope: { kind: "platform" }, reason, since: null };
    },
    fetch: ask,
    post: (path, body, init = {}) => {
      const headers = new Headers(init.headers);
      headers.set("content-type", "application/json");
      headers.set("accept", "application/json, text/event-stream");
      return ask(path, {
        ...init,
        method: "POST",
        headers,
        body: typeof body === "string" ? body : JSON.stringify(body),
      });
    },
    async client(version, headers = {}) {
      const client = new Client({ name: "test", version: "1" }, clientOptions(version));
      const requestInit = { headers: { authorization: `Bearer ${KEY}`, ...headers } };
      await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { requestInit }));
      clients.push(client);
      return client;
    },
  };
}

/** A client that speaks this version and no other; null: whichever it likes best. */
const clientOptions = (version: string | null) =>
  version === null
    ? {}
    : version >= "2026"
      ? { versionNegotiation: { mode: { pin: version } } }
      : { supportedProtocolVersions: [version] };
