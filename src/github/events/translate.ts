// From an event to what it proves and what should be looked at again. Pure. A payload is a hint: what is decided is read live.

import type { z } from "zod";
import type { AppId, Instant, InstallationId } from "#kernel";
import type { CommandAsked } from "../commands/parse.ts";
import type { Evidence, RepositoryRef, Work } from "#gate/io";
import type { InstallationSaid } from "#tenants/io";
import type { GithubNews } from "#tickets";
import type { repository } from "./payloads.ts";

/** What the event's row knows, whatever the payload says. */
export interface Origin {
  readonly installation: InstallationId;
  readonly appId: AppId;
  /** The database's time of receipt: only where GitHub sends none. */
  readonly receivedAt: Instant;
}

export interface Meaning {
  readonly evidence: readonly Evidence[];
  readonly work: readonly Work[];
  readonly command: CommandAsked | null;
  /** What a ticket may hear in it. */
  readonly news?: GithubNews;
  /** What it says of the installation itself; every other event that is understood says that it is there. */
  readonly installation?: Exclude<InstallationSaid["said"], "heard">;
}

export type Translation =
  | { readonly kind: "meaning"; readonly meaning: Meaning }
  | { readonly kind: "ignored" }
  /** Not what GitHub documents for this event. `why` names places in the payload, never values. */
  | { readonly kind: "malformed"; readonly why: string };

export type Translate = (payload: unknown, origin: Origin) => Translation;

export const IGNORED: Translation = { kind: "ignored" };

export function meaning(parts: Partial<Meaning>): Translation {
  return {
    kind: "meaning",
    meaning: {
      evidence: parts.evidence ?? [],
      work: parts.work ?? [],
      command: parts.command ?? null,
      ...(parts.news === undefined ? {} : { news: parts.news }),
      ...(parts.installation === undefined ? {} : { installation: parts.installation }),
    },
  };
}

/** A translation that begins by parsing: a payload that does not fit is malformed, never an exception. */
export function translation<T>(shape: z.ZodType<T>, translate: (payload: T, origin: Origin) => Translation): Translate {
  return (payload, origin) => {
    const parsed = shape.safeParse(payload);
    if (parsed.success) return translate(parsed.data, origin);
    const places = parsed.error.issues.slice(0, 5).map((issue) => issue.path.join(".") || "payload");
    return { kind: "malformed", why: `unreadable: ${places.join(", ")}` };
  };
}

export const refTo = (given: z.infer<typeof repository>, origin: Origin): RepositoryRef => ({
  installation: origin.installation,
  id: given.id,
  name: given.full_name,
});
