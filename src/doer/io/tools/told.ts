import type { Json } from "#kernel";

/**
 * Text that nobody vouches for, and where it came from: whoever reads a result (an agent, and the screening of what it does next) sees
 * that it is data, never an instruction.
 */
export const told = (
  origin: "file" | "log" | "comment" | "pull_request" | "tool_result" | "database" | "ticket",
  text: string,
): Json => ({
  untrusted: origin,
  text,
});
