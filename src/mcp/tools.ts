// What an agent is offered, described for machines.

import { z } from "zod";
import { offeredTools, type ToolDeclaration } from "#gateway";
import type { AgentPrincipal } from "#identity";
import type { Json } from "#kernel";

const jsonSchema = z.looseObject({ type: z.literal("object") });

export const shownTool = z.strictObject({
  name: z.string(),
  title: z.string(),
  description: z.string(),
  effect: z.enum(["read", "write"]),
  irreversible: z.boolean().describe("It cannot be undone: a person says yes to each call."),
  inputSchema: jsonSchema.describe("JSON Schema of the arguments."),
});
export type ShownTool = z.infer<typeof shownTool>;

const shown = ({ name, title, description, effect, irreversible, schema }: ToolDeclaration): ShownTool => ({
  name,
  title,
  description,
  effect,
  irreversible,
  inputSchema: asJsonSchema(schema),
});

/** Arguments as an agent writes them: with what has a default left out, and before anything is made of them. */
export function asJsonSchema(schema: z.ZodType): ShownTool["inputSchema"] {
  const { $schema: _, ...made } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return jsonSchema.parse(made);
}

/** In the rules' order; an agent sees what it may call at all, and nothing else. */
export const toolsFor = ({ tools }: Pick<AgentPrincipal, "tools">): readonly ShownTool[] =>
  offeredTools(tools).map(shown);

export const STATUS_TOOL = "call.status";
export const PERMISSION_TOOL = "permission.prompt";

/** What a client of this agent's may name: the tools, and the two of the surface itself. */
export const namesFor = (who: Pick<AgentPrincipal, "tools">): readonly string[] => [
  ...offeredTools(who.tools).map(({ name }) => name),
  STATUS_TOOL,
  PERMISSION_TOOL,
];

/** JSON, as it came: nothing is made of arguments here. What they have to be, the gateway says. */
export const argumentsShape: z.ZodType<Json> = z.json();
