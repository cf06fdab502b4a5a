// Packets through Kafka. The package is loaded only where brokers are named: who has none, needs none.

import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { Fault } from "#kernel";
import { tenantIdColumn } from "#platform/postgres";
import type { Doer } from "./doer.ts";
import type { Way } from "./queue.ts";

/** The group takes a doer for dead that says nothing for 30 seconds, and gives its partitions to another. */
const BEAT_MS = 3_000;
/** A question that waits for news is answered by then: the end of this process waits for its answer. */
const NEWS_MS = 1_000;
const shape = z.strictObject({ tenant: tenantIdColumn, sealed: z.base64url() });

export async function consumeKafka({
  brokers,
  topic,
  group = "countersign-doers",
  doer,
  atOnce,
  onFault,
}: {
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly group?: string;
  readonly doer: Pick<Doer, "handle">;
  /** Executions of this process. */
  readonly atOnce: number;
  readonly onFault: (error: unknown) => void;
}): Promise<Way> {
  const { Kafka, logLevel } = await import("kafkajs").catch((cause: unknown) => {
    throw new Fault("config_invalid", "KAFKA_BROKERS is set, and the package kafkajs is not installed: npm install kafkajs", { cause }); // prettier-ignore
  });
  const kafka = new Kafka({ clientId: "countersign-doer", brokers: [...brokers], logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: group, maxWaitTimeInMs: NEWS_MS });
  const under = new Set<Promise<unknown>>();

  async function take(value: Buffer | null, heartbeat: () => Promise<void>): Promise<void> {
    // What is not a packet is passed over: it would otherwise stop the topic for everybody.
    const parsed = shape.safeParse(asJson(value));
    if (!parsed.success) return onFault(new Fault("input_invalid", `A message of ${topic} is no packet.`));
    const { tenant, sealed } = parsed.data;
    while (under.size >= atOnce) {
      await Promise.race([...under, pause(BEAT_MS, undefined, { ref: false })]);
      await heartbeat();
    }
    // Resolves when it is consumed: a partition does not wait for an execution, behind which the packets' minute would go by, and after
    // which the group would take this doer for dead. INVARIANT 13: delivered again after a crash, it finds its nonce consumed.
    const { promise: taken, resolve, reject } = Promise.withResolvers<undefined>();
    const handled = doer
      .handle({ tenant, sealed: Buffer.from(sealed, "base64url"), taken: () => resolve(undefined) })
      .catch((error: unknown) => {
        onFault(error);
        // Not consumed: Kafka delivers it again. Consumed: nobody waits for this any more.
        reject(error);
      })
      .finally(() => under.delete(handled));
    under.add(handled);
    await taken;
  }

  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
  } catch (cause) {
    await consumer.disconnect().catch(onFault);
    throw new Fault("broker_unavailable", `Kafka does not answer at ${brokers.join(", ")}. Start it, or unset KAFKA_BROKERS to use the queue.`, { cause }); // prettier-ignore
  }
  await consumer.run({
    partitionsConsumedConcurrently: atOnce,
    eachMessage: ({ message, heartbeat }) => take(message.value, heartbeat),
  });
  return {
    async close() {
      await consumer.disconnect();
      await Promise.all(under);
    },
  };
}

function asJson(value: Buffer | null): unknown {
  try {
    return JSON.parse(value?.toString("utf8") ?? "");
  } catch {
    return null;
  }
}
