// The supervisor's side of the broker's socket.

import { Agent, request } from "node:http";
import { text } from "node:stream/consumers";
import type { z } from "zod";
import { Fault } from "#kernel";
import { base64 } from "#verifier";
import type { HeadAnswer, HeadToSign } from "../../signer.ts";
import type { Broker } from "./sign.ts";
import * as wire from "./wire.ts";

export interface ConnectedBroker extends Broker {
  close(): void;
}

/** Connects with each question: a broker that restarts is a question that fails, not a client that is lost. */
export function connectBroker(socket: string): ConnectedBroker {
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });

  async function ask<Answer>(path: string, question: object, answer: z.ZodType<Answer>): Promise<Answer> {
    const { status, body } = await post(path, JSON.stringify(question));
    if (status === 422) throw new Fault("input_invalid", `The broker refuses what it was asked: ${body}`);
    const parsed = answer.safeParse(status === 200 ? JSON.parse(body) : null);
    if (parsed.success) return parsed.data;
    throw new Fault("broker_unavailable", `The broker answered ${status} with something that cannot be read.`);
  }

  function post(path: string, body: string): Promise<{ readonly status: number; readonly body: string }> {
    return new Promise((resolve, reject) => {
      const lost = (cause: unknown): void =>
        reject(
          new Fault(
            "broker_unavailable",
            `The broker, which alone holds the log's key, does not answer at ${socket}. It runs with the server or the demo: start that, or name your own with BROKER_SOCKET.`,
            { cause },
          ),
        );
      const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
      const signal = AbortSignal.timeout(wire.wireLimits.answerMs);
      const asked = request({ socketPath: socket, path, method: "POST", agent, headers, signal }, (answer) => {
        text(answer).then((read) => resolve({ status: answer.statusCode ?? 0, body: read }), lost);
      });
      asked.once("error", lost);
      asked.end(body);
    });
  }

  return {
    identity: () => ask("/identity", {}, wire.identityAnswer),
    last: async (origin) => (await ask("/last", { origin }, wire.lastAnswer)).note,
    async sign(heads) {
      const answers: HeadAnswer[] = [];
      for (let at = 0; at < heads.length; at += wire.wireLimits.heads) {
        const batch = heads.slice(at, at + wire.wireLimits.heads).map(spell);
        answers.push(...(await ask("/sign", { heads: batch }, wire.signAnswer)).answers);
      }
      if (answers.length !== heads.length)
        throw new Fault("broker_unavailable", `The broker answered ${answers.length} of ${heads.length} heads.`);
      return answers;
    },
    certify: (body) => ask("/certify", { body }, wire.certifyAnswer),
    rotate: () => ask("/rotate", {}, wire.rotateAnswer),
    rotation: async (epoch) => (await ask("/rotation", { epoch }, wire.rotationAnswer)).event,
    close: () => agent.destroy(),
  };
}

const spell = (head: HeadToSign): object => ({
  origin: head.origin,
  size: head.size,
  root: base64(head.root),
  from: head.from,
  proof: head.proof.map(base64),
});
