// The broker, as a process: `countersign broker` runs it, and a server without one of its own starts it as its child.

import { connectBroker, openBroker, serveBroker, type ConnectedBroker } from "#audit/io";
import { readBrokerConfig, type BrokerConfig, type Environment } from "#platform/config";
import { createLog, type Log } from "#platform/log";
import { keepChild, orphaned, socketIn } from "./child.ts";
import type { Opened } from "./lifecycle.ts";

/** Serves until asked to end. Resolves to the sentences that keep it from starting. */
export async function runBroker(
  env: Environment,
  asked: () => Promise<void>,
  say: (line: string) => void,
): Promise<readonly string[]> {
  const config = readBrokerConfig(env);
  if (config.kind === "invalid") return config.problems;
  const end = process.connected ? orphaned() : asked();
  const log = createLog({ level: config.logLevel, secrets: [] });
  const { broker, close } = openBroker(config.directory, config.origin);
  const served = await serveBroker(broker, config.socket, {
    onFault: (error) => log.error({ err: error }, "the broker could not answer"),
  });
  const { vkey } = await broker.identity();
  say(`The broker listens at ${config.socket}. Its key, for auditors and witnesses:\n  ${vkey}`);
  process.send?.("ready");
  await end;
  await served.stop();
  close();
  return [];
}

/** The broker that this server uses: the given one, or a child that is started again whenever it ends. */
export async function openBrokerFor(config: BrokerConfig, log: Log, resources: Opened): Promise<ConnectedBroker> {
  if (config.kind === "given") {
    const broker = connectBroker(config.socket);
    resources.add("the broker's connection", async () => broker.close());
    await broker.identity();
    return broker;
  }
  const socket = brokerSocketIn(config.directory);
  const env = {
    BROKER_DIR: config.directory,
    BROKER_SOCKET: socket,
    LOG_LEVEL: "warn",
    ...(config.origin === null ? {} : { AUDIT_ORIGIN: config.origin }),
  };
  const own = { name: "The broker", args: ["broker"], env, meanwhile: "epochs wait" };
  resources.add("the broker", await keepChild(own, log));
  const broker = connectBroker(socket);
  resources.add("the broker's connection", async () => broker.close());
  return broker;
}

export const brokerSocketIn = (directory: string): string => socketIn(directory, "broker.sock");
