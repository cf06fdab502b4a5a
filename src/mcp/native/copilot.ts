// Copilot's own tools (cloud agent and CLI). https://docs.github.com/en/copilot/reference/hooks-configuration (preToolUse).

import { z } from "zod";
import type { Json } from "#kernel";
import type { Decision } from "./decision.ts";
import {
  fetches,
  hasAnother,
  lists,
  reads,
  runs,
  searches,
  staying,
  writes,
  type Means,
  type Workplace,
} from "./means.ts";

export const copilotHookShape = z.object({
  cwd: z.string().min(1).max(4_096),
  sessionId: z.string().max(200).optional(),
  toolName: z.string().min(1).max(200),
  /** JSON in a string, as the reference has it; some versions send the object. */
  toolArgs: z.json(),
});

const path = z.string().min(1).max(4_096);
const shell = z.object({ command: z.string().min(1) });
const view = z.object({ path, forceReadLargeFiles: z.boolean().optional() });
const create = z.object({ path, file_text: z.string() });
const edit = z.object({ path, old_str: z.string(), new_str: z.string() });
/** Newer versions take `paths`, one or several. */
const search = z.object({ path: path.optional(), paths: z.union([path, z.array(path).max(100)]).optional() });
const placesOf = ({ path: one, paths = [] }: z.infer<typeof search>): readonly string[] => [
  ...(one === undefined ? [] : [one]),
  ...(typeof paths === "string" ? [paths] : paths),
];
const glob = search.extend({ pattern: path });
const grep = search.extend({ glob: path.optional() });
const web = z.object({ url: z.string().min(1).max(8_192) });

const HARMLESS: ReadonlySet<string> = new Set(["report_intent", "update_todo", "ask_user", "task"]);
const UNKNOWN = "Countersign does not know this tool, or not its input, and what it does not know it denies.";

function opened(args: Json): Json {
  if (typeof args !== "string") return args;
  try {
    return z.json().parse(JSON.parse(args));
  } catch {
    return null;
  }
}

function given<S extends z.ZodObject>(shape: S, args: Json, means: (input: z.output<S>) => Means): Means {
  const input = opened(args);
  const parsed = shape.safeParse(input);
  return parsed.success && !hasAnother(shape, input) ? means(parsed.data) : { kind: "deny", why: UNKNOWN };
}

export function copilotMeans(tool: string, args: Json, place: Workplace, ours: ReadonlySet<string>): Means {
  switch (tool) {
    case "bash":
      return given(shell, args, ({ command }) => staying(runs(place, command)));
    case "create":
      return given(create, args, (input) => writes(place, { path: input.path, find: null, replace: input.file_text }));
    case "edit":
    case "str_replace":
      return given(edit, args, (input) =>
        writes(place, { path: input.path, find: input.old_str, replace: input.new_str }),
      );
    case "view":
      return given(view, args, (input) => reads(place, input.path));
    case "glob":
      return given(glob, args, (input) => lists(place, placesOf(input), input.pattern));
    case "grep":
      return given(grep, args, (input) => searches(place, placesOf(input), input.glob ?? null));
    case "web_fetch":
      return given(web, args, ({ url }) => fetches(place, url));
    default:
      if (HARMLESS.has(tool)) return { kind: "allow", why: "It only arranges the agent's own work." };
      if (ours.has(tool)) return { kind: "allow", why: "Countersign decides about it when the call comes." };
      return { kind: "deny", why: UNKNOWN };
  }
}

/** The names under which Copilot shows a server's tools. */
export const copilotNames = (tools: readonly string[], server = "countersign"): ReadonlySet<string> =>
  new Set(tools.flatMap((name) => [name, name.replaceAll(/[^A-Za-z0-9_-]/g, "_")]).map((name) => `${server}-${name}`));

/** In the cloud nobody sits there: an "ask" is answered no. */
export const copilotAnswer = (decision: Decision): Json => ({
  permissionDecision: decision.kind === "ask" ? "deny" : decision.kind,
  permissionDecisionReason: `Countersign: ${decision.why}`,
});
