import { field } from "./field.ts";
import { TOOLS, type Tool } from "./tools.ts";

/** Whether a rule's head can be about this tool. INVARIANT: a head that is not understood is about every tool. */
export function concerns(policy: unknown, tool: Tool): boolean {
  const action = field(policy, "action");
  switch (field(action, "op")) {
    case "==":
    case "in": {
      const many = field(action, "entities");
      const ids = (Array.isArray(many) ? many : [field(action, "entity")]).map((uid: unknown) => idOf(uid));
      return ids.some((id) => id === null || id === tool || id === TOOLS[tool].effect);
    }
    default:
      return true;
  }
}

function idOf(uid: unknown): string | null {
  const id = field(field(uid, "__entity") ?? uid, "id");
  return typeof id === "string" ? id : null;
}
