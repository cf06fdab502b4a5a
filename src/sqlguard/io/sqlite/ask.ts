import { startScript } from "#platform/process";
import { LIMITS } from "../../limits.ts";
import type { RunLimits } from "../../result.ts";
import { createPlaces } from "./places.ts";
import { answerShape, type Answered, type Asked } from "./messages.ts";

const LOST: Answered = { kind: "lost", why: "The engine gave no answer." };
const LATE: Answered = { kind: "failed", says: "The query took longer than it may, and was ended. Narrow it." };

const BUSY: Answered = { kind: "lost", why: "Too many queries of SQLite files wait already. Ask again in a moment." };

const processes = createPlaces({ places: LIMITS.sqliteProcesses, waiting: LIMITS.sqliteWaiting });

/** One question to a process of its own, which is ended when the answer is there, or when its time is over. */
export async function ask(asked: Omit<Asked, "limits">, limits: RunLimits, signal?: AbortSignal): Promise<Answered> {
  return (await processes.take(() => inProcess(asked, limits, signal))) ?? BUSY;
}

function inProcess(asked: Omit<Asked, "limits">, limits: RunLimits, signal?: AbortSignal): Promise<Answered> {
  if (signal?.aborted === true) return Promise.resolve(LOST);
  // INVARIANT: nothing of ours is in there: no environment, no terminal, no descriptor but the channel.
  const child = startScript(
    new URL("./child.ts", import.meta.url),
    {},
    {
      execArgv: ["--max-old-space-size=256", "--no-warnings"],
      stdio: ["ignore", "ignore", "ignore", "ipc"],
      serialization: "advanced",
    },
  );
  return new Promise((resolve) => {
    const settle = (answer: Answered): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
      child.kill("SIGKILL");
      resolve(answer);
    };
    const stop = (): void => settle(LOST);
    signal?.addEventListener("abort", stop, { once: true });
    let timer = setTimeout(() => settle(LOST), LIMITS.loadMs);
    child.once("error", () => settle(LOST)).once("exit", () => settle(LOST));
    child.on("message", (message) => {
      if (message === "ready") {
        clearTimeout(timer);
        timer = setTimeout(() => settle(LATE), limits.statementMs);
        const { rows, bytes, cell, lockMs } = limits;
        child.send({ ...asked, limits: { rows, bytes, cell, lockMs } });
        return;
      }
      const read = answerShape.safeParse(message);
      settle(read.success ? read.data : LOST);
    });
  });
}
