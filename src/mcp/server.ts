// One MCP server for one request or one connection: tools that are listed, calls that are answered. It decides nothing.

import { McpServer, type CallToolResult, type ServerContext, type Tool } from "@modelcontextprotocol/server";
import { z } from "zod";
import { problemsIn, type Asked } from "#gateway";
import { callId, type CallId, type Json } from "#kernel";
import { sentences, type WireAnswer } from "./answer.ts";
import { askedByMeta, metaShape, type Connection } from "./asked.ts";
import { LIMITS } from "./limits.ts";
import type { Decision } from "./native/decision.ts";
import { argumentsShape, asJsonSchema, PERMISSION_TOOL, STATUS_TOOL, type ShownTool } from "./tools.ts";

/** Where tools are asked for: the gateway of this process, or another one's over HTTP (stdio.ts). */
export interface AgentDoor {
  tools(): Promise<readonly ShownTool[]>;
  call(asked: Asked, waitMs: number): Promise<WireAnswer>;
  /** null: this agent has no such call. */
  status(call: CallId, waitMs: number): Promise<WireAnswer | null>;
  /** About a tool of the agent's own program, which runs on its machine and not through here. */
  permission(tool: string, input: Json, connection: Connection): Promise<Decision>;
}

const statusArguments = z.strictObject({
  call: z.uuid().describe("The call's id, from its receipt."),
  wait_seconds: z
    .int()
    .min(0)
    .max(Math.floor(LIMITS.callWaitMs / 1_000))
    .default(10)
    .describe("How long to wait for an end before answering."),
});
const permissionArguments = z.object({
  tool_name: z.string().max(200),
  input: argumentsShape,
  tool_use_id: z.string().max(200).optional(),
});

const OWN: readonly Tool[] = [
  {
    name: STATUS_TOOL,
    title: "Ask about a call",
    description:
      "Says how a call stands that was answered with a receipt: waiting for a person, running, done, refused or failed. When it is done, its result is in the answer.",
    inputSchema: asJsonSchema(statusArguments),
    annotations: { readOnlyHint: true, openWorldHint: false },
  },
  {
    name: PERMISSION_TOOL,
    title: "Ask for permission",
    description:
      "For the agent's program, not for its model: whether a tool of its own may run now (--permission-prompt-tool). Answers allow or deny with the reason.",
    inputSchema: asJsonSchema(permissionArguments),
    annotations: { readOnlyHint: true, openWorldHint: false },
  },
];

const INSTRUCTIONS = `Countersign decides about each call before anything happens, by rules that it names. A refusal says why and what to do instead: do that, do not ask again in other words. Some calls wait for a person: you get a receipt; do something else, then ask ${STATUS_TOOL}. Arguments are exactly what is shown to that person and exactly what runs.`;

export function mcpServer(door: AgentDoor, connection: Connection, version: string): McpServer {
  const mcp = new McpServer(
    { name: "countersign", title: "Countersign", version },
    { capabilities: { tools: { listChanged: false } }, instructions: INSTRUCTIONS },
  );
  // Below its registry of tools, which would check arguments itself: what is wrong with them, the gateway says, and that is in the log.
  const { server } = mcp;
  server.setRequestHandler("tools/list", async () => ({ tools: [...(await door.tools()).map(listed), ...OWN] }));
  server.setRequestHandler("tools/call", async ({ params }, ctx) => {
    const given = argumentsShape.safeParse(params.arguments ?? {});
    if (!given.success) return unusable("The arguments are not JSON.");
    if (params.name === STATUS_TOOL) return status(given.data);
    if (params.name === PERMISSION_TOOL) return permission(given.data);
    const meta = metaShape.safeParse(ctx.mcpReq._meta ?? {});
    if (!meta.success) return unusable(`_meta: ${problemsIn(meta.error, "the whole").join("; ")}`);
    // A name is looked up as it is: no trimming, no folding of case, nothing that makes two names one.
    const asked = askedByMeta(params.name.slice(0, LIMITS.toolName + 1), given.data, meta.data, connection);
    return answered(await withProgress(ctx, () => door.call(asked, LIMITS.callWaitMs)));
  });

  async function status(given: Json): Promise<CallToolResult> {
    const asked = statusArguments.safeParse(given);
    const id = asked.success ? callId(asked.data.call) : null;
    if (!asked.success || id === null)
      return unusable(`${STATUS_TOOL} takes the id of a call: {"call": "..."}, from its receipt.`);
    const found = await door.status(id, asked.data.wait_seconds * 1_000);
    return found === null
      ? unusable("There is no such call of yours. Its id is in the receipt you got.")
      : answered(found);
  }

  async function permission(given: Json): Promise<CallToolResult> {
    const asked = permissionArguments.safeParse(given);
    const decision: Decision = asked.success
      ? await door.permission(asked.data.tool_name, asked.data.input, connection)
      : { kind: "deny", why: "What was asked is not of the form that is expected: tool_name and input." };
    // There is no third answer here: whoever sits at the terminal is not asked, and is told why.
    const said =
      decision.kind === "allow" && asked.success
        ? { behavior: "allow", updatedInput: asked.data.input }
        : { behavior: "deny", message: decision.why };
    return { content: [{ type: "text", text: JSON.stringify(said) }] };
  }
  return mcp;
}

const listed = ({ name, title, description, effect, irreversible, inputSchema }: ShownTool): Tool => ({
  name,
  title,
  description,
  inputSchema,
  annotations: {
    readOnlyHint: effect === "read",
    destructiveHint: irreversible,
    idempotentHint: effect === "read",
    openWorldHint: true,
  },
});

/** A refusal is an answer that a model can act on, and says for programs which rule, why, and what next. */
const answered = (answer: WireAnswer): CallToolResult => ({
  content: [{ type: "text", text: sentences(answer) }],
  structuredContent: answer,
  ...(answer.status === "refused" || answer.status === "failed" ? { isError: true } : {}),
});

function unusable(why: string): CallToolResult {
  return answered({
    status: "refused",
    call: null,
    code: "arguments_invalid",
    rules: [],
    why,
    next: "Correct it and ask again.",
    human: false,
  });
}

/** Tells whoever asked to be told that it goes on; what they do not take does not stop the call. */
async function withProgress<T>(ctx: ServerContext, work: () => Promise<T>): Promise<T> {
  const token = ctx.mcpReq._meta?.progressToken;
  if (token === undefined) return work();
  let said = 0;
  const tell = (): void => {
    said += 1;
    const params = { progressToken: token, progress: said, message: "Countersign is at it." };
    ctx.mcpReq.notify({ method: "notifications/progress", params }).catch(() => {});
  };
  const timer = setInterval(tell, LIMITS.progressMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
