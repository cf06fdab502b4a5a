import type { z } from "zod";
import type { Json } from "#kernel";
import { TOOLS, type Tool } from "#policy";
import type { SandboxBudget } from "#sandbox";
import type { Subject } from "./subject.ts";

/** What an execution needs a credential for, 60 seconds at most. */
export type LeaseNeed = "github:read" | "github:write" | "database" | null;

/** How a person is asked, where a rule says that one is. */
export interface AskingFor {
  /** At the least: a rule can ask for more people (`@quorum`). */
  readonly quorum: 1 | 2;
  /** `high`: whoever approves proves their presence with a passkey, over exactly this digest. */
  readonly risk: "normal" | "high";
  readonly minutes: number;
}

export interface Volume {
  readonly updates: number;
  readonly cents: number;
}

interface Told<Arguments> {
  readonly title: string;
  /** For the agent: what it does, what it needs, what it answers, what it will not do. */
  readonly description: string;
  readonly schema: z.ZodType<Arguments>;
  /** Records that the call changes, and the money it moves, in cents of USD: what the circuit breaker sums. */
  readonly batch: (args: Arguments) => Volume;
  readonly subject: (args: Arguments) => Subject;
  /** One sentence: what would be done. */
  readonly wouldDo: (args: Arguments) => string;
  /** What a person reads before they say yes; null: the arguments say it all. */
  readonly preview: (args: Arguments) => string | null;
  readonly lease: LeaseNeed;
  /** Of one execution, wherever it runs. */
  readonly budget: SandboxBudget;
  readonly asking: AskingFor;
}

/** What a call of the tool comes to, read from its arguments alone. */
export interface ReadCall {
  readonly kind: "read";
  /** With every default written out: exactly this is decided, hashed, shown, signed and executed. */
  readonly arguments: Json;
  readonly batch: Volume;
  readonly subject: Subject;
  readonly wouldDo: string;
  readonly preview: string | null;
}

export interface ToolDeclaration extends Omit<Told<unknown>, "schema" | "batch" | "subject" | "wouldDo" | "preview"> {
  readonly name: Tool;
  readonly effect: "read" | "write";
  readonly irreversible: boolean;
  /** For those that describe the tool to others: as JSON Schema, for example. */
  readonly schema: z.ZodType;
  readonly read: (args: unknown) => ReadCall | { readonly kind: "unusable"; readonly problems: readonly string[] };
}

const PROBLEMS = 10;

/** What is wrong, by its place. `whole`: what that is called where it is no one member. */
export const problemsIn = ({ issues }: Pick<z.ZodError, "issues">, whole: string): readonly string[] =>
  issues.slice(0, PROBLEMS).map(
    ({ path, message }) =>
      `${path.length === 0 ? whole : path.join(".")}: ${message
        .replace(/^Invalid input: expected (.+), received undefined$/, "is missing ($1)")
        .replace(/^Invalid input$/, "is missing, or is no JSON")
        .slice(0, 300)}`,
  );

/** INVARIANT: effect and irreversibility are the rules' own table (#policy): a declaration cannot say otherwise. */
export function declare<Arguments extends Json>(name: Tool, told: Told<Arguments>): ToolDeclaration {
  const { schema, batch, subject, wouldDo, preview, ...rest } = told;
  return {
    ...rest,
    ...TOOLS[name],
    name,
    schema,
    read: (args) => {
      const parsed = schema.safeParse(args);
      if (!parsed.success) return { kind: "unusable", problems: problemsIn(parsed.error, "arguments") };
      const { data } = parsed;
      return {
        kind: "read",
        arguments: data,
        batch: batch(data),
        subject: subject(data),
        wouldDo: wouldDo(data),
        preview: preview(data),
      };
    },
  };
}
