// Hooks of other programs, asked before each of their own tools runs.
// INVARIANT: each answer is 200 and says allow, ask or deny. To most of those programs an error, or an empty answer, is a yes.

import { Hono } from "hono";
import type { Gateway } from "#gateway";
import type { Json } from "#kernel";
import type { HttpEnv } from "#platform/http";
import { asides, connectionOf } from "./asked.ts";
import type { AgentContext, WhoAsks } from "./bearer.ts";
import { readBody } from "./body.ts";
import { claudeAnswer, claudeHookShape, claudeMeans, claudeNames } from "./native/claude-code.ts";
import { copilotAnswer, copilotHookShape, copilotMeans, copilotNames } from "./native/copilot.ts";
import { deny, type Decision } from "./native/decision.ts";
import { decideNative } from "./native/judge.ts";
import { folderOf, workplace, type Means, type Workplace } from "./native/means.ts";
import { namesFor } from "./tools.ts";

export interface HookRouteParts {
  readonly gateway: Pick<Gateway, "judge">;
  readonly whoAsks: WhoAsks;
}

interface Read {
  readonly directory: string;
  readonly means: (ours: readonly string[], place: Workplace) => Means;
  readonly session: string | undefined;
  readonly mode: string | undefined;
}

const claude = (json: Json): Read | null => {
  const parsed = claudeHookShape.safeParse(json);
  if (!parsed.success) return null;
  const {
    tool_name: tool,
    tool_input: input,
    cwd: directory,
    session_id: session,
    permission_mode: mode,
  } = parsed.data;
  return {
    directory,
    means: (ours, place) => claudeMeans(tool, input, place, claudeNames(ours)),
    session,
    mode,
  };
};

const copilot = (json: Json): Read | null => {
  const parsed = copilotHookShape.safeParse(json);
  if (!parsed.success) return null;
  const { toolName: tool, toolArgs: args, cwd: directory, sessionId: session } = parsed.data;
  return {
    directory,
    means: (ours, place) => copilotMeans(tool, args, place, copilotNames(ours)),
    session,
    mode: undefined,
  };
};

const NOT_UNDERSTOOD = "Countersign does not understand what was asked, and what it does not understand it denies.";

export function hookRoutes({ gateway, whoAsks }: HookRouteParts): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();

  const hook = async (
    c: AgentContext,
    read: (json: Json) => Read | null,
    say: (decision: Decision, mode: string | undefined) => Json,
  ): Promise<Response> => {
    c.header("cache-control", "no-store");
    let mode: string | undefined;
    let decision: Decision;
    try {
      decision = await decide();
    } catch (error) {
      c.get("log").error({ err: error }, "a hook's question failed: answered with a no");
      decision = deny("Something went wrong here, so the answer is no. Try again; if it stays, tell an operator.");
    }
    return c.json(say(decision, mode));

    async function decide(): Promise<Decision> {
      const asking = await whoAsks(c);
      if (asking.kind === "refused") return deny(asking.why);
      const body = await readBody(c.req.raw);
      const asked = body.kind === "json" ? read(body.value) : null;
      if (asked === null) return deny(NOT_UNDERSTOOD);
      mode = asked.mode;
      const connection = connectionOf(c.req.raw.headers);
      const session = asides.session.safeParse(asked.session);
      return decideNative(
        gateway,
        asking.who,
        asked.means(
          namesFor(asking.who),
          workplace(
            asked.directory,
            folderOf(c.req.header("countersign-directory")),
            c.req.header("countersign-repository") ?? null,
          ),
        ),
        { ...connection, session: connection.session ?? (session.success ? session.data : null) },
      );
    }
  };

  app.post("/v1/hooks/claude-code/pre-tool-use", (c) => hook(c, claude, claudeAnswer));
  app.post("/v1/hooks/copilot/pre-tool-use", (c) => hook(c, copilot, copilotAnswer));
  return app;
}
