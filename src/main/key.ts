import { connectBroker, type ConnectedBroker } from "#audit/io";
import type { KeyAnswer, KeyPorts } from "#cli";
import { readBrokerPlace, readConfig, type Environment } from "#platform/config";
import { socketIn } from "./broker.ts";

/** Through the running broker only: no other process opens the key's file. */
export function keyPorts(env: Environment): KeyPorts {
  async function asking(ask: (broker: ConnectedBroker) => Promise<KeyAnswer>): Promise<KeyAnswer> {
    const place = readBrokerPlace(env, readConfig(env).kind === "demo" ? "demo" : "live");
    if (place.kind === "invalid") return { kind: "refused", problems: place.problems };
    const broker = connectBroker(place.kind === "given" ? place.socket : socketIn(place.directory));
    try {
      return await ask(broker);
    } finally {
      broker.close();
    }
  }
  return {
    show: () => asking(async (broker) => ({ kind: "key", ...(await broker.identity()) })),
    rotate: () => asking(async (broker) => ({ kind: "rotating", ...(await broker.rotate()) })),
  };
}
