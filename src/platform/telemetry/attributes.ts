// A span as OpenTelemetry carries it, with the names under which Langfuse shows it.

import type { SpanDocument } from "./types.ts";

/** Both are still "Development" in OpenTelemetry's conventions for generative AI: this is what was current in November 2026. */
const GEN_AI = { operation: "gen_ai.operation.name", tool: "gen_ai.tool.name" } as const;

/** `langfuse.*`: docs/telemetry.md. `countersign.*`: our own names, as the document has them. */
export function attributesOf(span: SpanDocument): Record<string, string | number | boolean> {
  const { as, level, why, attributes } = span;
  const tool = attributes["tool"];
  return {
    "langfuse.observation.type": as,
    "langfuse.observation.level": level,
    ...(why === "" ? {} : { "langfuse.observation.status_message": why }),
    ...(as === "agent" ? { "langfuse.trace.name": span.name } : {}),
    ...(as === "tool" ? { [GEN_AI.operation]: "execute_tool" } : {}),
    ...(as === "tool" && typeof tool === "string" ? { [GEN_AI.tool]: tool } : {}),
    ...Object.fromEntries(
      Object.entries(attributes).flatMap(([name, value]) => [
        [`countersign.${name}`, value],
        [`langfuse.observation.metadata.${name}`, value],
      ]),
    ),
  };
}
