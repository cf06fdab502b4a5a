import type { Classified } from "../../postgres/classify.ts";
import type { Major } from "../../postgres/majors.ts";
import { createThread } from "../thread.ts";

export type Answer =
  | { readonly kind: "classified"; readonly classified: Classified; readonly fingerprint: string | null }
  | { readonly kind: "syntax"; readonly message: string; readonly cursor: number }
  /** No answer: out of memory or time, a crash, or too many waiting. The caller refuses. */
  | { readonly kind: "lost" };

export interface Parser {
  classify(text: string): Promise<Answer>;
  close(): Promise<void>;
}

export function createParser(major: Major): Parser {
  const thread = createThread(new URL("./parser-worker.ts", import.meta.url), major, isAnswer);
  return {
    async classify(text) {
      const answer = await thread.ask(text);
      return isAnswer(answer) ? answer : { kind: "lost" };
    },
    close: () => thread.close(),
  };
}

/** The worker is our own code: its kind is all that tells an answer from something else. */
function isAnswer(message: unknown): message is Answer {
  return typeof message === "object" && message !== null && "kind" in message && message.kind !== "lost";
}
