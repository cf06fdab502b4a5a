// The other ways to a doer: its socket, its address, and Kafka. What is carried is sealed in all of them, and what came of it comes back
// by the database; over HTTP also in the answer, where it was quick.

import { z } from "zod";
import { Fault } from "#kernel";
import { callPrivately, readCapped } from "#platform/http";
import type { Carry } from "./queue.ts";

export interface CarryingWay {
  readonly carry: Carry;
  close(): Promise<void>;
}

const ANSWER_MS = 10_000;
/** A result of the largest, sealed, in base64url. */
const ANSWER_BYTES = 4 * 1024 * 1024;
const answerShape = z.object({ told: z.base64url().nullable() });
const envelope = (tenant: string, sealed: Buffer) => ({ tenant, sealed: sealed.toString("base64url") });

export function carryBySocket(socket: string): CarryingWay {
  const line = callPrivately(socket, {
    answerMs: ANSWER_MS,
    connections: 64,
    lost: `The doer does not answer at ${socket}. Start it (countersign doer), or unset DOER_SOCKET to use the queue.`,
  });
  return {
    carry: {
      kind: "by word",
      async carry(tenant, sealed) {
        const { status, body } = await line.post("/packet", envelope(tenant, sealed));
        return wordIn(status, body);
      },
    },
    close: async () => line.close(),
  };
}

function wordIn(status: number, body: string): Buffer | null {
  if (status !== 202) throw new Fault("broker_unavailable", `The doer answered ${status}; its log says why.`);
  const { told } = answerShape.parse(JSON.parse(body));
  return told === null ? null : Buffer.from(told, "base64url");
}

/** `base`: of a doer on another machine, through a proxy that has TLS. The packet's signature and its seal are all that it shows. */
export const carryByHttp = (base: string): CarryingWay => ({
  carry: {
    kind: "by word",
    async carry(tenant, sealed) {
      const lost = `The doer does not answer at ${base}. Start it (countersign doer) and its proxy, or unset DOER_URL to use the queue.`;
      const answer = await fetch(`${base}/packet`, {
        method: "POST",
        redirect: "error",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(envelope(tenant, sealed)),
        signal: AbortSignal.timeout(ANSWER_MS),
      }).catch((cause: unknown) => {
        throw new Fault("broker_unavailable", lost, { cause });
      });
      const body = await readCapped(answer, ANSWER_BYTES);
      return wordIn(answer.status, Buffer.from(body ?? []).toString("utf8"));
    },
  },
  close: async () => {},
});

/** The package is loaded only here. */
export async function carryByKafka(brokers: readonly string[], topic: string): Promise<CarryingWay> {
  const { Kafka, logLevel } = await import("kafkajs").catch((cause: unknown) => {
    throw new Fault("config_invalid", "KAFKA_BROKERS is set, and the package kafkajs is not installed: npm install kafkajs", { cause }); // prettier-ignore
  });
  const kafka = new Kafka({ clientId: "countersign", brokers: [...brokers], logLevel: logLevel.NOTHING });
  const producer = kafka.producer({ allowAutoTopicCreation: true });
  try {
    await producer.connect();
  } catch (cause) {
    throw new Fault("broker_unavailable", `Kafka does not answer at ${brokers.join(", ")}. Start it, or unset KAFKA_BROKERS to use the queue.`, { cause }); // prettier-ignore
  }
  return {
    carry: {
      kind: "by word",
      async carry(tenant, sealed) {
        const value = JSON.stringify(envelope(tenant, sealed));
        // All in-sync replicas: what is not known to have arrived has not been sent.
        await producer.send({ topic, acks: -1, timeout: ANSWER_MS, messages: [{ value }] });
        return null;
      },
    },
    close: () => producer.disconnect(),
  };
}
