import { createHmac } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { World } from "../world.ts";
import { type Delivery, type DeliveryFault, type DeliveryMatch, matches } from "./log.ts";

const LIMIT_MS = 10_000;
/** GitHub forgets deliveries after three days; here it goes by their number. */
const KEEP = 20_000;

export const signature = (secret: string, raw: string): string =>
  `sha256=${createHmac("sha256", secret).update(raw).digest("hex")}`;

export function headersOf(w: World, delivery: Delivery, forged = false): Record<string, string> {
  return {
    accept: "*/*",
    "content-type": "application/json",
    "user-agent": "GitHub-Hookshot/0f1e2d3",
    "x-github-delivery": delivery.guid,
    "x-github-event": delivery.event,
    "x-github-hook-id": String(w.app.id * 10),
    "x-github-hook-installation-target-id": String(w.app.id),
    "x-github-hook-installation-target-type": "integration",
    "x-hub-signature-256": signature(w.hook.secret, forged ? `${delivery.raw} ` : delivery.raw),
  };
}

async function post(w: World, url: string, delivery: Delivery, forged: boolean): Promise<void> {
  const started = performance.now();
  try {
    const answer = await fetch(url, {
      method: "POST",
      headers: headersOf(w, delivery, forged),
      body: delivery.raw,
      signal: AbortSignal.timeout(LIMIT_MS),
      redirect: "manual",
    });
    await answer.arrayBuffer();
    delivery.statusCode = answer.status;
    delivery.status = answer.ok ? "OK" : `Invalid HTTP Response: ${answer.status}`;
  } catch {
    delivery.statusCode = 502;
    delivery.status = "failed to connect to host";
  }
  delivery.durationMs = performance.now() - started;
}

function takeFault(w: World, delivery: Delivery): DeliveryFault | null {
  const found = w.hook.faults.find((fault) => fault.times > 0 && matches(fault.match, delivery));
  if (found === undefined) return null;
  found.times -= 1;
  return found;
}

async function sendOne(w: World, delivery: Delivery): Promise<void> {
  const fault = takeFault(w, delivery);
  if (fault?.kind === "lose") return;
  if (fault?.kind === "hold") {
    w.hook.held.push(delivery);
    return;
  }
  delivery.at = w.now();
  w.hook.log.push(delivery);
  if (w.hook.log.length > KEEP) w.hook.log.shift();
  if (fault?.kind === "fail" || w.hook.url === null) {
    delivery.statusCode = 502;
    delivery.status = "failed to connect to host";
    return;
  }
  if (fault?.kind === "delay") await sleep(fault.ms);
  await post(w, w.hook.url, delivery, fault?.kind === "forge");
  if (fault?.kind === "double") await post(w, w.hook.url, delivery, false);
}

async function flush(w: World): Promise<void> {
  for (let next = w.hook.queue.shift(); next !== undefined; next = w.hook.queue.shift()) await sendOne(w, next);
}

/** Sends what is queued, one after the other, until the queue is empty; resolves when everything was answered. */
export async function deliver(w: World): Promise<void> {
  while (w.hook.flushing !== null || w.hook.queue.length > 0) {
    w.hook.flushing ??= flush(w).finally(() => {
      w.hook.flushing = null;
    });
    await w.hook.flushing;
  }
}

export function enqueue(w: World, delivery: Delivery): void {
  for (const listener of w.hook.listeners) listener(delivery);
  w.hook.queue.push(delivery);
  if (w.hook.automatic) setImmediate(() => void deliver(w));
}

/** The delivery faults as knobs. `times` defaults to one. */
export const deliveryKnobs = (w: World) => {
  const add =
    (kind: "lose" | "fail" | "double" | "forge" | "hold") =>
    (match: DeliveryMatch = {}, times = 1): void => {
      w.hook.faults.push({ kind, match, times });
    };
  return {
    lose: add("lose"),
    fail: add("fail"),
    double: add("double"),
    forge: add("forge"),
    hold: add("hold"),
    delay: (match: DeliveryMatch, ms: number, times = 1): void => {
      w.hook.faults.push({ kind: "delay", match, ms, times });
    },
    /** Turns the order of what is queued around. */
    reverse: (): void => {
      w.hook.queue.reverse();
    },
    /** Drops what is queued without a trace. */
    drop: (): void => {
      w.hook.queue.length = 0;
    },
    /** Lets go of what was held back; it leaves with the next flush, after what is queued. */
    release: (): void => {
      for (const delivery of w.hook.held.splice(0)) w.hook.queue.push({ ...delivery });
      if (w.hook.automatic) setImmediate(() => void deliver(w));
    },
    clear: (): void => {
      w.hook.faults.length = 0;
    },
  };
};

/** What `POST /app/hook/deliveries/:id/attempts` does: the same bytes and the same GUID, under a new id. */
export function redeliver(w: World, delivery: Delivery): void {
  w.hook.queue.push({ ...delivery, id: w.ids.next("delivery"), redelivery: true, statusCode: 0, status: "" });
  if (w.hook.automatic) setImmediate(() => void deliver(w));
}
