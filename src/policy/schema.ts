import { TOOL_NAMES, TOOLS, type Tool } from "./tools.ts";

/** What rules may speak about, in Cedar's schema language. An attribute that is not here refuses the rule that names it. */
const schemaOf = (tools: readonly Tool[]): string => `namespace Countersign {
  entity Agent;
  entity Repository;
  type Volume = { updates: Long, cents: Long };
  type Call = {
    tenant: String,
    requester: String,
    branch: String,
    hazards: Set<String>,
    shell: Set<String>,
    areas: Set<String>,
    paths: Long,
    lines: Long,
    sql: String,
    batch: Volume,
    window: Volume,
    taint: Set<String>,
    scores: { injection: Long, pii: Long, secrets: Long },
    confidence: Long,
    irreversible: Bool,
    argsHash: String,
    approval?: { argsHash: String, approver: String }
  };
  action "read", "write";
${tools.map((tool) => `  action "${tool}" in ["${TOOLS[tool].effect}"] appliesTo { principal: Agent, resource: Repository, context: Call };`).join("\n")}
}
`;

/** For rules. */
export const SCHEMA = schemaOf(TOOL_NAMES);
/** For one call: the engine takes the schema's actions in hand each time, and fewer are faster. */
export const schemaFor = (tool: Tool): string => schemaOf([tool]);
