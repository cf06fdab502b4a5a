// One contract for the ways to a doer: what is sent is executed once, and what came of it comes back.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { consumeKafka, serveHttp, serveSocket, workQueue, type Doer, type Way } from "#doer/io";
import { carryByHttp, carryByKafka, carryBySocket, createDispatch, type Carry } from "#gateway/io";
import { Fault } from "#kernel";
import { testDatabase } from "../support/database.ts";
import { mockKafka, sendBeside } from "./support/kafka.ts";
import { doerLab, newCall } from "./support/lab.ts";

const t = await testDatabase();
const lab = doerLab(t);
const acme = await t.tenant("acme", 1);
const folder = mkdtempSync(join(tmpdir(), "countersign-ways-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const onFault = (error: unknown): void => void lab.faults.push(error);

const TOPIC = "packets";

const passed: string[] = [];
const passedOver = (error: unknown): void =>
  error instanceof Fault && error.code === "input_invalid" ? void passed.push(error.message) : onFault(error);

interface Opened {
  readonly carry: Carry | null;
  readonly ways: readonly Way[];
  readonly close?: () => Promise<void>;
}
const queue = (doer: Doer): Way => workQueue({ database: lab.database, url: t.urls.doer, doer, atOnce: 4, onFault });

describe.each<[string, (doer: Doer) => Promise<Opened>]>([
  ["the queue, with two doers at it", async (doer) => ({ carry: null, ways: [queue(doer), queue(lab.doer())] })],
  [
    "HTTP over a Unix socket",
    async (doer) => {
      const socket = join(folder, "doer.sock");
      const served = await serveSocket({ socket, doer, onFault });
      const { carry, close } = carryBySocket(socket);
      return { carry, ways: [served], close };
    },
  ],
  [
    "HTTP at an address",
    async (doer) => {
      const served = await serveHttp({ at: { host: "127.0.0.1", port: 0 }, doer, onFault, clockMs: Date.now });
      const { carry, close } = carryByHttp(`http://127.0.0.1:${served.port}`);
      return { carry, ways: [served], close };
    },
  ],
  [
    "Kafka",
    async (doer) => {
      const { brokers, stop } = await mockKafka(TOPIC);
      const sending = await carryByKafka(brokers, TOPIC);
      // What is no packet stops nobody: it is told of, and passed over.
      await sendBeside(brokers, TOPIC, "no packet");
      const way = await consumeKafka({ brokers, topic: TOPIC, doer, atOnce: 2, onFault: passedOver });
      return {
        carry: sending.carry,
        ways: [way],
        close: async () => {
          await sending.close();
          stop();
          expect(passed).toEqual(["A message of packets is no packet."]);
        },
      };
    },
  ],
])("%s", (_, open) => {
  it("executes what is sent, once, and tells; what is altered is refused", async () => {
    const { carry, ways, close } = await open(lab.doer());
    const dispatch = createDispatch({ database: t.db, url: t.urls.app, keys: t.keys, onError: onFault, ...(carry === null ? {} : { carry }) }); // prettier-ignore
    const calls = Array.from({ length: 6 }, newCall);
    for (const call of calls) {
      const signed = await lab.sign(acme, { call });
      await dispatch.send(signed);
      await dispatch.send(signed);
    }
    for (const call of calls) expect(await dispatch.outcome(acme.id, call, 20_000)).toMatchObject({ kind: "done" });
    const altered = await lab.sign(acme);
    await dispatch.send({ ...altered, sig: Buffer.alloc(64) });
    expect(await dispatch.outcome(acme.id, lab.packetOf(altered).call, 300)).toBe(null);
    await Promise.all(ways.map((way) => way.close()));
    expect(calls.map((call) => lab.ran.filter((ran) => ran === call).length)).toEqual(calls.map(() => 1));
    await close?.();
    await dispatch.close();
    expect(lab.faults).toEqual([]);
  });
});
