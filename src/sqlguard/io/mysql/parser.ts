import type { Classified } from "../../mysql/classify.ts";
import type { Dialect } from "../../mysql/versions.ts";
import { createThread, type Lost } from "../thread.ts";

export interface Answer {
  readonly kind: "classified";
  readonly classified: Omit<Classified, "shape">;
  readonly fingerprint: string | null;
}

/** The tree that masked columns are followed in; unread: a name in the text cannot be read. */
export type Parsed = { readonly kind: "tree"; readonly tree: unknown } | { readonly kind: "unread" } | Lost;

export type Asked = string | { readonly treeOf: string };

export interface Parser {
  classify(text: string): Promise<Answer | Lost>;
  parse(text: string): Promise<Parsed>;
  close(): Promise<void>;
}

export function createParser(dialect: Dialect): Parser {
  const script = new URL("./parser-worker.ts", import.meta.url);
  const { ask, close } = createThread<Answer | Exclude<Parsed, Lost>, Asked>(script, dialect);
  return {
    // INVARIANT: an answer of the other kind is no answer.
    async classify(text) {
      const answer = await ask(text);
      return answer.kind === "classified" ? answer : { kind: "lost" };
    },
    async parse(text) {
      const answer = await ask({ treeOf: text });
      return answer.kind === "classified" ? { kind: "lost" } : answer;
    },
    close,
  };
}
