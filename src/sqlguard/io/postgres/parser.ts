import type { Classified } from "../../postgres/classify.ts";
import type { Major } from "../../postgres/majors.ts";
import { createThread, type Lost } from "../thread.ts";

export type Answer =
  | { readonly kind: "classified"; readonly classified: Classified; readonly fingerprint: string | null }
  | { readonly kind: "syntax"; readonly message: string; readonly cursor: number };

/** The tree itself, of which nothing is believed. */
export type Parsed = { readonly kind: "tree"; readonly tree: unknown } | Lost;

export type Asked = string | { readonly treeOf: string };

export interface Parser {
  classify(text: string): Promise<Answer | Lost>;
  parse(text: string): Promise<Parsed>;
  close(): Promise<void>;
}

export function createParser(major: Major): Parser {
  const script = new URL("./parser-worker.ts", import.meta.url);
  const { ask, close } = createThread<Answer | Exclude<Parsed, Lost>, Asked>(script, major);
  return {
    // INVARIANT: an answer of the other kind is no answer.
    async classify(text) {
      const answer = await ask(text);
      return answer.kind === "tree" ? { kind: "lost" } : answer;
    },
    async parse(text) {
      const answer = await ask({ treeOf: text });
      return answer.kind === "tree" ? answer : { kind: "lost" };
    },
    close,
  };
}
