// A model on loopback that says what a script says: Anthropic's Messages API and OpenAI's Responses API, as far as two agents' programs
// need them. What the tools answered is kept, for the script to look at.

import { text } from "node:stream/consumers";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

/** One thing that the model wants. `namespace`: of an MCP tool, for Codex. */
export interface Step {
  readonly tool: string;
  readonly namespace?: string;
  readonly input: Record<string, unknown> | ((answers: readonly string[]) => Record<string, unknown>);
  /** Runs before the model wants it: a person approves, somebody presses the switch. */
  readonly before?: (answers: readonly string[]) => void | Promise<void>;
}

export interface Model {
  readonly url: string;
  /** What each step's tool answered, in order. */
  readonly answers: readonly string[];
  /** Names of the tools that were offered to it. */
  readonly offered: ReadonlySet<string>;
  close(): void;
}

type Body = Record<string, unknown>;
const list = (value: unknown): readonly Body[] => (Array.isArray(value) ? value : []);

export async function startModel(script: readonly Step[]): Promise<Model> {
  const answers: string[] = [];
  const offered = new Set<string>();
  let at = 0;

  async function next(): Promise<{ id: string; step: Step; input: Record<string, unknown> } | null> {
    const step = script[at];
    if (step === undefined) return null;
    await step.before?.(answers);
    at += 1;
    return {
      id: `call_${at}`,
      step,
      input: typeof step.input === "function" ? step.input(answers) : step.input,
    };
  }

  /** Of the step that was asked for last: agents ask again with everything that was said. */
  const heard = (results: readonly string[]): void => {
    for (const result of results.slice(answers.length)) answers.push(result);
  };

  async function messages(body: Body, response: ServerResponse): Promise<void> {
    const results = list(body["messages"])
      .flatMap((message) => list(message["content"]))
      .filter((block) => block["type"] === "tool_result" && String(block["tool_use_id"]).startsWith("call_"))
      .map((block) => JSON.stringify(block));
    const tools = list(body["tools"]);
    for (const tool of tools) offered.add(String(tool["name"]));
    heard(results);
    // Titles and summaries are asked for without tools.
    const wanted = tools.length === 0 ? null : await next();
    const block =
      wanted === null
        ? { type: "text", text: "" }
        : { type: "tool_use", id: wanted.id, name: wanted.step.tool, input: {} };
    const delta =
      wanted === null
        ? { type: "text_delta", text: "Done." }
        : { type: "input_json_delta", partial_json: JSON.stringify(wanted.input) };
    const usage = { input_tokens: 1, output_tokens: 1 };
    const stop = wanted === null ? "end_turn" : "tool_use";
    if (body["stream"] !== true) {
      response.setHeader("content-type", "application/json");
      const content = wanted === null ? [{ type: "text", text: "Done." }] : [{ ...block, input: wanted.input }];
      response.end(
        JSON.stringify({
          id: "msg",
          type: "message",
          role: "assistant",
          model: "scripted",
          content,
          stop_reason: stop,
          stop_sequence: null,
          usage,
        }),
      );
      return;
    }
    stream(response, [
      [
        "message_start",
        {
          message: {
            id: "msg",
            type: "message",
            role: "assistant",
            model: "scripted",
            content: [],
            stop_reason: null,
            stop_sequence: null,
            usage,
          },
        },
      ],
      ["content_block_start", { index: 0, content_block: block }],
      ["content_block_delta", { index: 0, delta }],
      ["content_block_stop", { index: 0 }],
      ["message_delta", { delta: { stop_reason: stop, stop_sequence: null }, usage: { output_tokens: 1 } }],
      ["message_stop", {}],
    ]);
  }

  async function responses(body: Body, response: ServerResponse): Promise<void> {
    for (const tool of list(body["tools"])) {
      offered.add(String(tool["name"]));
      for (const inner of list(tool["tools"])) offered.add(`${String(tool["name"])}/${String(inner["name"])}`);
    }
    heard(
      list(body["input"])
        .filter((item) => item["type"] === "function_call_output" && String(item["call_id"]).startsWith("call_"))
        .map((item) => JSON.stringify(item)),
    );
    const wanted = await next();
    const item =
      wanted === null
        ? {
            type: "message",
            id: "msg",
            role: "assistant",
            status: "completed",
            content: [{ type: "output_text", text: "Done.", annotations: [] }],
          }
        : {
            type: "function_call",
            id: `fc_${wanted.id}`,
            call_id: wanted.id,
            name: wanted.step.tool,
            ...(wanted.step.namespace === undefined ? {} : { namespace: wanted.step.namespace }),
            arguments: JSON.stringify(wanted.input),
            status: "completed",
          };
    stream(response, [
      ["response.created", { response: { id: "resp", object: "response", status: "in_progress", output: [] } }],
      ["response.output_item.added", { output_index: 0, item }],
      ["response.output_item.done", { output_index: 0, item }],
      [
        "response.completed",
        {
          response: {
            id: "resp",
            object: "response",
            status: "completed",
            output: [item],
            usage: {
              input_tokens: 1,
              output_tokens: 1,
              total_tokens: 2,
              input_tokens_details: { cached_tokens: 0 },
              output_tokens_details: { reasoning_tokens: 0 },
            },
          },
        },
      ],
    ]);
  }

  const server = createServer((request, response) => {
    void (async () => {
      const body = await read(request);
      const path = (request.url ?? "").split("?")[0] ?? "";
      if (request.method === "POST" && path.endsWith("/messages")) return messages(body, response);
      if (request.method === "POST" && path.endsWith("/responses")) return responses(body, response);
      if (path.endsWith("/count_tokens")) return void response.end(JSON.stringify({ input_tokens: 1 }));
      if (path.endsWith("/models")) return void response.end(JSON.stringify({ object: "list", data: [], models: [] }));
      response.statusCode = 404;
      response.end("{}");
    })().catch((error: unknown) => {
      response.statusCode = 500;
      response.end(String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const { port } = address;
  return { url: `http://127.0.0.1:${port}`, answers, offered, close: () => server.close() };
}

function stream(response: ServerResponse, events: readonly (readonly [string, Record<string, unknown>])[]): void {
  response.setHeader("content-type", "text/event-stream");
  for (const [type, data] of events) response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
  response.end();
}

async function read(request: IncomingMessage): Promise<Body> {
  const said = await text(request);
  const body: Body = said === "" ? {} : JSON.parse(said);
  return body;
}
