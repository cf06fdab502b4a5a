import type { Classified } from "../../mysql/classify.ts";
import type { Dialect } from "../../mysql/versions.ts";
import { createThread, type Lost } from "../thread.ts";

export interface Answer {
  readonly kind: "classified";
  readonly classified: Omit<Classified, "shape">;
  readonly fingerprint: string | null;
}

export interface Parser {
  classify(text: string): Promise<Answer | Lost>;
  close(): Promise<void>;
}

export function createParser(dialect: Dialect): Parser {
  const { ask, close } = createThread<Answer>(new URL("./parser-worker.ts", import.meta.url), dialect);
  return { classify: ask, close };
}
