import { Worker } from "node:worker_threads";
import { LIMITS } from "../limits.ts";
import type { Classified } from "../postgres/classify.ts";
import type { Major } from "../postgres/majors.ts";

export type Answer =
  | { readonly kind: "classified"; readonly classified: Classified; readonly fingerprint: string | null }
  | { readonly kind: "syntax"; readonly message: string; readonly cursor: number }
  /** No answer: out of memory or time, a crash, or too many waiting. The caller refuses. */
  | { readonly kind: "lost" };

export interface Parser {
  classify(text: string): Promise<Answer>;
  close(): Promise<void>;
}

interface Running {
  readonly worker: Worker;
  /** Settles when the worker has loaded the grammar, or failed to. */
  readonly ready: Promise<boolean>;
  parses: number;
}

const MEMORY = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 32 };

/**
 * One text at a time, in a thread of its own.
 * INVARIANT: a worker that gave anything but a tree or a plain syntax error is never asked again: an overflow of the
 * parser's stack leaks its memory, and nobody knows what else it left.
 */
export function createParser(major: Major): Parser {
  let running: Running | null = null;
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;

  const start = (): Running => {
    const worker = new Worker(new URL("./parser-worker.ts", import.meta.url), {
      workerData: major,
      resourceLimits: MEMORY,
    });
    worker.unref();
    const ready = once(worker, LIMITS.loadMs).then((message) => message === "ready");
    return { worker, ready, parses: 0 };
  };

  const replace = async (): Promise<void> => {
    const old = running;
    running = null;
    await old?.worker.terminate();
  };

  const ask = async (text: string): Promise<Answer> => {
    const current = (running ??= start());
    if (!(await current.ready)) {
      await replace();
      return { kind: "lost" };
    }
    current.parses++;
    const answer = once(current.worker, LIMITS.parseMs);
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread has no origin
    current.worker.postMessage(text);
    const message = await answer;
    const kept = isAnswer(message) && message.kind !== "lost";
    if (!kept || current.parses >= LIMITS.parsesPerWorker) await replace();
    return kept ? message : { kind: "lost" };
  };

  return {
    classify(text) {
      if (waiting >= LIMITS.waitingParses) return Promise.resolve({ kind: "lost" });
      waiting++;
      const answer = last.then(() => ask(text)).finally(() => waiting--);
      last = answer.catch(() => {});
      return answer;
    },
    async close() {
      await last;
      await replace();
    },
  };
}

/** The worker's next message; null when it fails, ends, or takes too long. */
function once(worker: Worker, ms: number): Promise<unknown> {
  return new Promise((resolve) => {
    const settle = (message: unknown): void => {
      clearTimeout(timer);
      worker.off("message", settle).off("error", fail).off("exit", fail);
      resolve(message);
    };
    const fail = (): void => settle(null);
    const timer = setTimeout(fail, ms);
    worker.on("message", settle).on("error", fail).on("exit", fail);
  });
}

/** The worker is our own code: its kind is all that tells an answer from something else. */
function isAnswer(message: unknown): message is Answer {
  return typeof message === "object" && message !== null && "kind" in message;
}
