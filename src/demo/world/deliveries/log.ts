/** One webhook on its way, or its record in the App's delivery log. A redelivery keeps the GUID and gets an id of its own. */
export interface Delivery {
  readonly id: number;
  readonly guid: string;
  readonly event: string;
  readonly action: string | null;
  readonly installationId: number | null;
  readonly repositoryId: number | null;
  /** Exactly the bytes that are signed and sent. */
  readonly raw: string;
  readonly redelivery: boolean;
  at: number;
  durationMs: number;
  /** 0 until it was tried. */
  statusCode: number;
  status: string;
}

export interface DeliveryMatch {
  readonly event?: string;
  readonly action?: string;
}

/**
 * lose: never sent and never recorded. fail: recorded as failed, not sent. double: sent twice under one GUID. forge: sent
 * with a signature over other bytes. hold: kept back until `release`. delay: held for `ms` of real time.
 */
export type DeliveryFault = { readonly match: DeliveryMatch; times: number } & (
  | { readonly kind: "lose" | "fail" | "double" | "forge" | "hold" }
  | { readonly kind: "delay"; readonly ms: number }
);

export interface Hook {
  url: string | null;
  secret: string;
  /** Each delivery leaves by itself (the demo); otherwise `deliver()` flushes the queue (tests). */
  automatic: boolean;
  readonly queue: Delivery[];
  readonly held: Delivery[];
  readonly log: Delivery[];
  readonly faults: DeliveryFault[];
  /** The flush under way: deliveries leave one after the other. */
  flushing: Promise<void> | null;
  readonly listeners: ((delivery: Delivery) => void)[];
}

export const makeHook = (url: string | null, secret: string, automatic: boolean): Hook => ({
  url,
  secret,
  automatic,
  queue: [],
  held: [],
  log: [],
  faults: [],
  flushing: null,
  listeners: [],
});

export const matches = (match: DeliveryMatch, delivery: Delivery): boolean =>
  (match.event === undefined || match.event === delivery.event) &&
  (match.action === undefined || match.action === delivery.action);
