// From what a tool of the agent's program means to an explicit decision, by the gateway's verdict.

import type { Gateway } from "#gateway";
import type { AgentPrincipal } from "#identity";
import type { Connection } from "../asked.ts";
import { deny, type Decision } from "./decision.ts";
import type { Means } from "./means.ts";

/** INVARIANT: whatever goes wrong here is a no. */
export async function decideNative(
  gateway: Pick<Gateway, "judge">,
  who: AgentPrincipal,
  means: Means,
  connection: Connection,
): Promise<Decision> {
  if (means.kind !== "judge") return means;
  const answer = await gateway.judge(who, {
    tool: means.tool,
    arguments: means.arguments,
    idempotencyKey: null,
    explain: true,
    session: connection.session,
    batch: null,
    citations: [],
    confidence: null,
    traceparent: connection.traceparent,
    from: "hook",
    ...(means.native === undefined ? {} : { native: means.native }),
  });
  switch (answer.kind) {
    case "explained": {
      const { colour, rules } = answer.verdict;
      const by = rules.map(({ id, version, text }) => ` Rule ${id}@${version}: ${text}`).join("");
      switch (colour) {
        case "GREEN":
          return means.look === undefined ? { kind: "allow", why: `Allowed.${by}` } : { kind: "ask", why: means.look };
        case "YELLOW":
          return { kind: "ask", why: `A person is to look at this first.${by}` };
        case "RED":
          return deny(`Refused.${by}`);
      }
    }
    // oxlint-disable-next-line no-fallthrough -- every colour returns
    case "refused":
      return deny(`${answer.why} ${answer.next}`);
    case "failed":
      return deny(`${answer.why} ${answer.next}`);
    // A verdict alone was asked for: these would be something else.
    case "done":
    case "pending":
    case "running":
      return deny("There was no verdict.");
  }
}
