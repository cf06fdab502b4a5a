import type { Classified } from "../../mysql/classify.ts";
import type { Dialect } from "../../mysql/versions.ts";
import { createThread } from "../thread.ts";

export type Answer =
  | { readonly kind: "classified"; readonly classified: Omit<Classified, "shape">; readonly fingerprint: string | null }
  /** No answer: out of memory or time, a crash, or too many waiting. The caller refuses. */
  | { readonly kind: "lost" };

export interface Parser {
  classify(text: string): Promise<Answer>;
  close(): Promise<void>;
}

export function createParser(dialect: Dialect): Parser {
  const thread = createThread(new URL("./parser-worker.ts", import.meta.url), dialect, isAnswer);
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
