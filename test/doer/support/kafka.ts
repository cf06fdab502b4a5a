// librdkafka's own brokers, which Debian's kcat keeps running for as long as it lives.

import { spawn, type ChildProcess } from "node:child_process";
import { Kafka, logLevel } from "kafkajs";
import { afterAll } from "vitest";

// Registered while the file is collected: an afterAll that is called inside a test is never run.
const started: ChildProcess[] = [];
afterAll(() => {
  for (const child of started) child.kill("SIGKILL");
});

export async function mockKafka(topic: string): Promise<{ readonly brokers: readonly string[]; stop(): void }> {
  const args = ["-C", "-t", topic, "-b", "x:1", "-X", "test.mock.num.brokers=1", "-d", "mock"];
  const child = spawn("kcat", args, { stdio: ["ignore", "ignore", "pipe"] });
  started.push(child);
  return new Promise((resolve, reject) => {
    let said = "";
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`kcat ended with ${code}: ${said}`)));
    child.stderr.on("data", (chunk: Buffer) => {
      said = `${said}${chunk.toString("utf8")}`.slice(0, 10_000);
      const at = /bootstrap\.servers=([\d.]+:\d+)/.exec(said)?.[1];
      if (at !== undefined) resolve({ brokers: [at], stop: () => void child.kill("SIGKILL") });
    });
  });
}

/** As somebody else who reaches the brokers. */
export async function sendBeside(brokers: readonly string[], topic: string, value: string): Promise<void> {
  const producer = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).producer();
  await producer.connect();
  await producer.send({ topic, messages: [{ value }] });
  await producer.disconnect();
}
