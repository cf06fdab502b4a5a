import type { Classified } from "../../postgres/classify.ts";
import type { Major } from "../../postgres/majors.ts";
import { createThread, type Lost } from "../thread.ts";

export type Answer =
  | { readonly kind: "classified"; readonly classified: Classified; readonly fingerprint: string | null }
  | { readonly kind: "syntax"; readonly message: string; readonly cursor: number };

export interface Parser {
  classify(text: string): Promise<Answer | Lost>;
  close(): Promise<void>;
}

export function createParser(major: Major): Parser {
  const { ask, close } = createThread<Answer>(new URL("./parser-worker.ts", import.meta.url), major);
  return { classify: ask, close };
}
