// One text at a time, in a thread of its own.

import { Worker } from "node:worker_threads";
import { LIMITS } from "../limits.ts";

/** No answer: out of memory or time, a crash, or too many waiting. The caller refuses. */
export interface Lost {
  readonly kind: "lost";
}

export interface Thread<Asked, Answer> {
  ask(asked: Asked): Promise<Answer | Lost>;
  close(): Promise<void>;
}

const LOST: Lost = { kind: "lost" };

interface Running {
  readonly worker: Worker;
  /** Settles when the worker has loaded the grammar, or failed to. */
  readonly ready: Promise<boolean>;
  parses: number;
}

const MEMORY = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 32 };

/**
 * `script` posts "ready", and then one answer for each text. It is our own code: the kind is all that tells an answer from something else.
 * INVARIANT: a worker that gave anything else is never asked again: an overflow of the parser's stack leaks its memory, and nobody
 * knows what else it left.
 */
export function createThread<Answer extends { readonly kind: string }, Asked = string>(
  script: URL,
  workerData: unknown,
): Thread<Asked, Answer> {
  const isAnswer = (message: unknown): message is Answer =>
    typeof message === "object" && message !== null && "kind" in message && message.kind !== "lost";
  let running: Running | null = null;
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;

  const start = (): Running => {
    const worker = new Worker(script, { workerData, env: {}, resourceLimits: MEMORY });
    worker.unref();
    const ready = once(worker, LIMITS.loadMs).then((message) => message === "ready");
    return { worker, ready, parses: 0 };
  };

  const replace = async (): Promise<void> => {
    const old = running;
    running = null;
    await old?.worker.terminate();
  };

  const ask = async (asked: Asked): Promise<Answer | Lost> => {
    const current = (running ??= start());
    if (!(await current.ready)) {
      await replace();
      return LOST;
    }
    current.parses++;
    const answer = once(current.worker, LIMITS.parseMs);
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread has no origin
    current.worker.postMessage(asked);
    const message = await answer;
    const kept = isAnswer(message);
    if (!kept || current.parses >= LIMITS.parsesPerWorker) await replace();
    return kept ? message : LOST;
  };

  return {
    ask(asked) {
      if (waiting >= LIMITS.waitingParses) return Promise.resolve(LOST);
      waiting++;
      const answer = last.then(() => ask(asked)).finally(() => waiting--);
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
