// How packets get to a doer: both of them have to know.

import type { Reader } from "./reader.ts";
import type { DispatchConfig } from "./types.ts";
import * as value from "./values.ts";

const TOPIC = "countersign.packets";

export function readDispatch(from: Reader): DispatchConfig {
  const socket = from.read("DOER_SOCKET", value.path("DOER_SOCKET"));
  const url = from.read("DOER_URL", value.DOER_URL);
  const listen = from.read("DOER_LISTEN", value.DOER_LISTEN);
  const brokers = from.text("KAFKA_BROKERS");
  const topic = from.text("KAFKA_TOPIC") ?? TOPIC;
  if ([socket, brokers, url ?? listen].filter((way) => way !== null).length > 1)
    from.problems.push("Packets go one way: set one of DOER_SOCKET, DOER_URL (DOER_LISTEN) and KAFKA_BROKERS.");
  if (!/^[A-Za-z0-9._-]{1,200}$/.test(topic))
    from.problems.push("KAFKA_TOPIC is no name of a topic: letters, digits, dots, underscores and hyphens.");
  if (brokers !== null) {
    const all = brokers.split(",").map((one) => one.trim());
    if (!all.every((one) => /^[A-Za-z0-9.[\]:-]+:\d{1,5}$/.test(one)))
      from.problems.push("KAFKA_BROKERS is a list of host:port, separated by commas: kafka-1.example.com:9092");
    return { kind: "kafka", brokers: all, topic };
  }
  if (url !== null || listen !== null) return { kind: "remote", url, listen };
  return socket === null ? { kind: "queue" } : { kind: "http", socket };
}
