import type { Instant, Json, TenantId } from "#kernel";
import type { About, Message, Place } from "#tickets";

export const CHANNELS = ["github", "slack", "mail", "webhook"] as const;
export type Channel = (typeof CHANNELS)[number];

/** Where one notice goes: a place of a ticket's, or one of the client's own receivers. */
export type Destination =
  | Exclude<Place, { readonly kind: "webhooks" }>
  | { readonly kind: "webhook"; readonly webhook: string; readonly event: string; readonly data: Json };

/** What is sealed in a row of the outbox. */
export interface Content {
  readonly to: Destination;
  readonly message: Message;
  readonly about: About;
}

/** One notice on its way to a provider. */
export interface Parcel extends Content {
  readonly tenant: TenantId;
  /** INVARIANT: the tenant's id and the notice's key, so that no two clients' notices are ever the same to a provider. */
  readonly key: string;
  readonly madeAt: Instant;
  /** null: nobody has tried yet, so there is nothing to look up. */
  readonly triedAt: Instant | null;
}

/** How the provider knows it: the id of a comment, of a message, of a mail. */
export type Receipt = Readonly<Record<string, string | number | boolean | null>>;

export type Sent =
  /** The provider has it, from now or from an earlier try. */
  | { readonly kind: "taken"; readonly receipt: Receipt }
  /** Not now; `afterMs` is the provider's own word. Whether it arrived may not be known. */
  | { readonly kind: "later"; readonly why: string; readonly afterMs: number | null }
  /** This one is never taken. */
  | { readonly kind: "refused"; readonly why: string }
  /** The client has not set what is needed: names of its sealed environment, without the prefix. */
  | { readonly kind: "unset"; readonly missing: readonly string[] };

/** A way to one provider. No transaction is open while it works. INVARIANT: the same parcel again leaves one notice there. */
export type Carrier<To extends Destination = Destination> = (
  parcel: Parcel & { readonly to: To },
  signal: AbortSignal,
) => Promise<Sent>;

export type Carriers = {
  readonly [Kind in Destination["kind"]]: Carrier<Extract<Destination, { kind: Kind }>>;
};
