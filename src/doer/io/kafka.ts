// Packets through Kafka. The package is loaded only where brokers are named: who has none, needs none.

import { z } from "zod";
import { Fault } from "#kernel";
import { tenantIdColumn } from "#platform/postgres";
import type { Doer } from "./doer.ts";
import type { Way } from "./queue.ts";

const shape = z.strictObject({ tenant: tenantIdColumn, sealed: z.base64url() });

export async function consumeKafka({
  brokers,
  topic,
  group = "countersign-doers",
  doer,
  onFault,
}: {
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly group?: string;
  readonly doer: Pick<Doer, "handle">;
  readonly onFault: (error: unknown) => void;
}): Promise<Way> {
  const { Kafka, logLevel } = await import("kafkajs").catch((cause: unknown) => {
    throw new Fault("config_invalid", "KAFKA_BROKERS is set, and the package kafkajs is not installed: npm install kafkajs", { cause }); // prettier-ignore
  });
  const kafka = new Kafka({ clientId: "countersign-doer", brokers: [...brokers], logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: group });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message }) => {
      // What is not a packet is passed over: it would otherwise stop the topic for everybody.
      const parsed = shape.safeParse(asJson(message.value));
      if (!parsed.success) return onFault(new Fault("input_invalid", `A message of ${topic} is no packet.`));
      const { tenant, sealed } = parsed.data;
      // INVARIANT 13: delivered again after a crash, it finds its nonce consumed.
      await doer.handle({ tenant, sealed: Buffer.from(sealed, "base64url") });
    },
  });
  return { close: () => consumer.disconnect() };
}

function asJson(value: Buffer | null): unknown {
  try {
    return JSON.parse(value?.toString("utf8") ?? "");
  } catch {
    return null;
  }
}
