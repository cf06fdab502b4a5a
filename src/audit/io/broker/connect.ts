// The supervisor's side of the broker's socket.

import type { z } from "zod";
import { Fault } from "#kernel";
import { callPrivately } from "#platform/http";
import { base64 } from "#verifier";
import type { HeadAnswer, HeadToSign } from "../../signer.ts";
import type { Broker } from "./sign.ts";
import * as wire from "./wire.ts";

export interface ConnectedBroker extends Broker {
  close(): void;
}

export function connectBroker(socket: string): ConnectedBroker {
  const line = callPrivately(socket, {
    answerMs: wire.wireLimits.answerMs,
    connections: 4,
    lost: `The broker, which alone holds the log's key, does not answer at ${socket}. It runs with the server or the demo: start that, or name your own with BROKER_SOCKET.`,
  });

  async function ask<Answer>(path: string, question: object, answer: z.ZodType<Answer>): Promise<Answer> {
    const { status, body } = await line.post(path, question);
    if (status === 422) throw new Fault("input_invalid", `The broker refuses what it was asked: ${body}`);
    const parsed = answer.safeParse(status === 200 ? JSON.parse(body) : null);
    if (parsed.success) return parsed.data;
    throw new Fault("broker_unavailable", `The broker answered ${status} with something that cannot be read.`);
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
    close: () => line.close(),
  };
}

const spell = (head: HeadToSign): object => ({
  origin: head.origin,
  size: head.size,
  root: base64(head.root),
  from: head.from,
  proof: head.proof.map(base64),
});
