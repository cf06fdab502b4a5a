// Calls that this process works on: so that a kill reaches them within its second, and whoever asks for one waits for it here.

import { covers, type KillSwitch } from "#controls";
import type { CallId } from "#kernel";
import type { Answer } from "../types.ts";
import type { Work } from "./call/work.ts";

interface Running {
  readonly who: Work["who"];
  readonly target: Work["target"];
  readonly controller: AbortController;
  readonly answer: Promise<Answer>;
}

export interface Active {
  /** `work` gets the signal that a kill aborts. Forgotten when it has ended. */
  run(about: Pick<Work, "call" | "who" | "target">, work: (signal: AbortSignal) => Promise<Answer>): Promise<Answer>;
  find(call: CallId): Promise<Answer> | null;
  /** When nothing is under way here any more. */
  idle(): Promise<void>;
  close(): void;
}

export function trackActive(killSwitch: Pick<KillSwitch, "onKill">): Active {
  const running = new Map<CallId, Running>();
  const unsubscribe = killSwitch.onKill((scope) => {
    for (const { who, target, controller } of running.values())
      if (covers(scope, { tenant: who.tenant, agent: who.agent, repository: target.repository })) controller.abort();
  });
  return {
    run({ call, who, target }, work) {
      const controller = new AbortController();
      const answer = work(controller.signal).finally(() => running.delete(call));
      running.set(call, { who, target, controller, answer });
      return answer;
    },
    find: (call) => running.get(call)?.answer ?? null,
    async idle() {
      await Promise.allSettled([...running.values()].map(({ answer }) => answer));
    },
    close: unsubscribe,
  };
}
