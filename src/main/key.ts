import { connectBroker, type ConnectedBroker } from "#audit/io";
import type { KeyAnswer, KeyPorts } from "#cli";
import { Fault } from "#kernel";
import { readBrokerPlace, readConfig, type Environment } from "#platform/config";
import { brokerSocketIn } from "./broker.ts";
import { refused } from "./refused.ts";

/** Through the running broker only: no other process opens the key's file. */
export function keyPorts(env: Environment): KeyPorts {
  async function asking(ask: (broker: ConnectedBroker) => Promise<KeyAnswer>): Promise<KeyAnswer> {
    const place = readBrokerPlace(env, readConfig(env).kind === "demo" ? "demo" : "live");
    if (place.kind === "invalid") return { kind: "refused", problems: place.problems };
    const broker = connectBroker(place.kind === "given" ? place.socket : brokerSocketIn(place.directory));
    try {
      return await ask(broker);
    } catch (error) {
      if (error instanceof Fault) return refused(error.message);
      throw error;
    } finally {
      broker.close();
    }
  }
  return {
    show: () => asking(async (broker) => ({ kind: "key", ...(await broker.identity()) })),
    rotate: () => asking(async (broker) => ({ kind: "rotating", ...(await broker.rotate()) })),
  };
}
