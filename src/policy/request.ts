import type { Facts } from "./facts.ts";
import { hazardsOf } from "./derived.ts";
import { TOOLS } from "./tools.ts";

interface Uid {
  readonly type: string;
  readonly id: string;
}

/** One question to an engine; the same document goes to Cedar and to OPA. */
export interface Question {
  readonly principal: Uid;
  readonly action: Uid;
  readonly resource: Uid;
  readonly context: Context;
}

// An alias and not an interface, so that it is a record of JSON values to the engine's types.
// oxlint-disable-next-line typescript/consistent-type-definitions
type Context = {
  readonly tenant: string;
  readonly requester: string;
  readonly branch: string;
  readonly hazards: string[];
  readonly shell: string[];
  readonly areas: string[];
  readonly paths: number;
  readonly lines: number;
  readonly sql: string;
  readonly batch: Facts["batch"];
  readonly window: Facts["window"];
  readonly taint: string[];
  readonly scores: Facts["scores"];
  readonly confidence: number;
  readonly irreversible: boolean;
  readonly argsHash: string;
  readonly approval?: { readonly argsHash: string; readonly approver: string };
};

const uid = (type: string, id: string): Uid => ({ type: `Countersign::${type}`, id });

/** A call that concerns no repository has this one, which is no name GitHub gives. */
const NO_REPOSITORY = "-";

export function questionOf(facts: Facts): Question {
  const { tenant, requester, branch, sql, batch, window, scores, confidence, argsHash, approval } = facts;
  return {
    principal: uid("Agent", facts.agent),
    action: uid("Action", facts.tool),
    resource: uid("Repository", facts.repository ?? NO_REPOSITORY),
    context: {
      tenant,
      requester,
      branch,
      hazards: [...hazardsOf(facts)],
      shell: [...facts.shell],
      areas: [...facts.areas],
      paths: facts.touched.paths,
      lines: facts.touched.lines,
      sql,
      batch,
      window,
      taint: [...facts.taint],
      scores,
      confidence,
      // A call may say that it is irreversible, and never that its tool is not.
      irreversible: facts.irreversible || TOOLS[facts.tool].irreversible,
      argsHash,
      ...(approval === null ? {} : { approval: { argsHash: approval.argsHash, approver: approval.approver } }),
    },
  };
}
