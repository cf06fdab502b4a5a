// The surface for agents on a port, as `serve` has it, over a gateway that answers by a few rules; a person and a switch to play.

import { createAgentSurface } from "../../src/mcp/index.ts";
import { createHttpApp, listen } from "../../src/platform/http/index.ts";
import { createLog } from "../../src/platform/log/index.ts";
import type { Answer, Gateway } from "../../src/gateway/index.ts";
import { agentId, approvalId, callId, instantOfMillis, tenantId } from "../../src/kernel/index.ts";

const some = <T>(made: T | null): T => {
  if (made === null) throw new Error("not an id");
  return made;
};
const CALL = some(callId("01900000-0000-7000-8000-0000000000c1"));
const APPROVAL = some(approvalId("01900000-0000-7000-8000-0000000000a1"));
export const KEY = "csk_for_the_agents";

export interface Place {
  readonly url: string;
  /** Calls that were carried out. */
  readonly executed: readonly string[];
  approve(): void;
  kill(): void;
  close(): Promise<void>;
}

export async function startPlace(): Promise<Place> {
  const executed: string[] = [];
  let approved = false;
  let killed = false;

  const refused = (code: "policy_red" | "killed", why: string, next: string): Answer => ({
    kind: "refused",
    call: null,
    code,
    rules: [{ id: "floor.force-push", version: "1", text: "History is never rewritten." }],
    why,
    next,
    human: false,
  });
  const STOPPED = refused("killed", "The kill switch is pressed.", "Wait for an operator.");
  const done = (tool: string): Answer => {
    executed.push(tool);
    return { kind: "done", call: CALL, result: { text: "the-answer-of-the-tool" }, summary: "It was done." };
  };
  const bad = (args: unknown): boolean => JSON.stringify(args).includes("--force");

  const gateway: Gateway = {
    handle: async (_who, { tool, arguments: args }) => {
      if (killed) return STOPPED;
      if (bad(args)) return refused("policy_red", "It would rewrite history.", "Add a commit instead.");
      if (tool !== "pr.merge") return done(tool);
      return {
        kind: "pending",
        call: CALL,
        approval: APPROVAL,
        expiresAt: instantOfMillis(Date.now() + 60_000),
        url: "http://127.0.0.1/approvals/1",
        why: "A merge waits for a person.",
      };
    },
    status: async () => (killed ? STOPPED : approved ? done("pr.merge") : { kind: "running", call: CALL }),
    judge: async (_who, { arguments: args }) => {
      if (killed) return STOPPED;
      return {
        kind: "explained",
        call: CALL,
        verdict: { colour: bad(args) ? "RED" : "GREEN", rules: [], set: "s" },
        wouldDo: "It.",
        plan: {},
      };
    },
  };

  const app = createHttpApp({ log: createLog({ level: "silent", secrets: [] }), notReady: async () => null });
  app.route(
    "/",
    createAgentSurface({
      authenticate: async (bearer) =>
        bearer === KEY
          ? {
              tenant: some(tenantId("01900000-0000-7000-8000-00000000acee")),
              agent: some(agentId("01900000-0000-7000-8000-0000000000f1")),
              name: "fixer",
              requester: null,
              requesterName: "mona",
              tools: "all",
            }
          : null,
      gateway,
      killSwitch: { platform: () => null },
      hosts: ["127.0.0.1", "localhost"],
      oauth: null,
      version: "0.0.0",
      clock: Date.now,
    }),
  );
  const at = await listen(app, { host: "127.0.0.1", port: 0 });
  return {
    url: `http://127.0.0.1:${at.port}`,
    executed,
    approve: () => void (approved = true),
    kill: () => void (killed = true),
    close: () => at.stop(),
  };
}
