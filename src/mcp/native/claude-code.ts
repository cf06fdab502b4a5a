// Claude Code's own tools. https://code.claude.com/docs/en/hooks (PreToolUse), read for 2.1.329.

import { z } from "zod";
import type { Json } from "#kernel";
import type { Decision } from "./decision.ts";
import { fetches, hasAnother, lists, reads, runs, searches, writes, type Means, type Workplace } from "./means.ts";

export const claudeHookShape = z.object({
  hook_event_name: z.literal("PreToolUse"),
  session_id: z.string().max(200).optional(),
  cwd: z.string().min(1).max(4_096),
  permission_mode: z.string().max(100).optional(),
  tool_name: z.string().min(1).max(200),
  tool_input: z.json(),
});

/** They only arrange the agent's own work, or ask whoever sits there; what they lead to comes here itself. */
const HARMLESS: ReadonlySet<string> = new Set([
  "Agent", "AskUserQuestion", "BashOutput", "EnterPlanMode", "ExitPlanMode", "KillShell", "Task", "TaskCreate", "TaskGet", "TaskList",
  "TaskOutput", "TaskStop", "TaskUpdate", "TodoWrite", "ToolSearch",
]); // prettier-ignore

const path = z.string().min(1).max(4_096);
const bash = z.object({ command: z.string().min(1) });
const write = z.object({ file_path: path, content: z.string() });
const edit = z.object({ file_path: path, old_string: z.string(), new_string: z.string() });
const multi = z.object({ file_path: path, edits: z.array(z.object({ new_string: z.string() })).min(1) });
const notebook = z.object({ notebook_path: path, new_source: z.string() });
const read = z.object({ file_path: path });
const search = z.object({ path: path.optional() });
const glob = search.extend({ pattern: path });
const grep = search.extend({ glob: path.optional() });
const web = z.object({ url: z.string().min(1).max(8_192) });

const UNKNOWN = "Countersign does not know this tool, and what it does not know it denies.";
const NO_SEARCH =
  "What is searched for on the web leaves this machine, and what comes back is anybody's words. Ask the person you work for, or read the repository with repo.search.";

function given<S extends z.ZodObject>(shape: S, input: Json, means: (input: z.output<S>) => Means): Means {
  const parsed = shape.safeParse(input);
  return parsed.success && !hasAnother(shape, input)
    ? means(parsed.data)
    : {
        kind: "deny",
        why: "Countersign does not understand this tool's input, and what it does not understand it denies.",
      };
}

/** `ours`: names of the tools that this agent may call at Countersign, as an MCP client names them. Their own call is decided when it comes. */
export function claudeMeans(tool: string, input: Json, place: Workplace, ours: ReadonlySet<string>): Means {
  switch (tool) {
    case "Bash":
      return given(bash, input, ({ command }) => runs(place, command));
    case "Write":
      return given(write, input, ({ file_path, content }) =>
        writes(place, { path: file_path, find: null, replace: content }),
      );
    case "Edit":
      return given(edit, input, ({ file_path, old_string, new_string }) =>
        writes(place, { path: file_path, find: old_string, replace: new_string }),
      );
    case "MultiEdit":
      return given(multi, input, ({ file_path, edits }) =>
        writes(place, { path: file_path, find: null, replace: edits.map(({ new_string }) => new_string).join("\n") }),
      );
    case "NotebookEdit":
      return given(notebook, input, ({ notebook_path, new_source }) =>
        writes(place, { path: notebook_path, find: null, replace: new_source }),
      );
    case "Read":
      return given(read, input, ({ file_path }) => reads(place, file_path));
    case "Glob":
      return given(glob, input, ({ path: where, pattern }) =>
        lists(place, where === undefined ? [] : [where], pattern),
      );
    case "Grep":
      return given(grep, input, (at) => searches(place, at.path === undefined ? [] : [at.path], at.glob ?? null));
    case "LS":
      return given(search, input, ({ path: where }) => lists(place, where === undefined ? [] : [where]));
    case "WebFetch":
      return given(web, input, ({ url }) => fetches(place, url));
    case "WebSearch":
      return { kind: "deny", why: NO_SEARCH };
    default:
      if (HARMLESS.has(tool)) return { kind: "allow", why: "It only arranges the agent's own work." };
      if (ours.has(tool)) return { kind: "allow", why: "Countersign decides about it when the call comes." };
      return {
        kind: "deny",
        why: tool.startsWith("mcp__")
          ? `${UNKNOWN} Of MCP servers, Countersign's own is let through: use its tools.`
          : UNKNOWN,
      };
  }
}

/** The names under which Claude Code shows a server's tools to hooks. */
export const claudeNames = (tools: readonly string[], server = "countersign"): ReadonlySet<string> =>
  new Set(tools.map((name) => `mcp__${server}__${name.replaceAll(/[^A-Za-z0-9_-]/g, "_")}`));

/** Modes in which nobody would be asked: an "ask" there is a "no". */
const UNATTENDED: ReadonlySet<string> = new Set(["bypassPermissions", "dontAsk", "auto"]);

/** INVARIANT: an explicit decision in each answer. An empty one lets the call through, whatever the settings say. */
export function claudeAnswer(decision: Decision, mode: string | undefined): Json {
  const asked: Decision =
    decision.kind === "ask" && UNATTENDED.has(mode ?? "")
      ? { kind: "deny", why: `${decision.why} Nobody would be asked in this permission mode, so the answer is no.` }
      : decision;
  return {
    hookSpecificOutput: {
      hookEventName: "PreToolUse",
      permissionDecision: asked.kind,
      permissionDecisionReason: `Countersign: ${asked.why}`,
    },
  };
}
