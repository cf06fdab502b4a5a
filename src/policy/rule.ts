/** `acme.refunds`: words of lower-case letters, digits and underscores, joined by full stops. */
export const RULE_ID = /^[a-z][a-z0-9_]{0,40}(?:\.[a-z0-9_]{1,40}){1,4}$/;
export const VERSION = /^[1-9][0-9]{0,5}$/;

/** A rule as decisions name it: `id@version`. */
export interface Cited {
  readonly id: string;
  readonly version: string;
}

export const cited = ({ id, version }: Cited): string => `${id}@${version}`;

export function citation(text: string): Cited | null {
  const [id, version, ...rest] = text.split("@");
  if (id === undefined || version === undefined || rest.length > 0) return null;
  return RULE_ID.test(id) && VERSION.test(version) ? { id, version } : null;
}

/**
 * Whose word a rule is. INVARIANT (G3): the floor is Countersign's own, and no configuration reaches it. `platform` may permit; a tenant
 * can only forbid.
 */
export const LAYERS = ["platform", "tenant", "floor"] as const;
export type Layer = (typeof LAYERS)[number];

/** Ids of the floor begin with these words, and nobody else's do. */
export const FLOOR_PREFIXES = ["never.", "human."] as const;

/** One rule of a set, read: its place, its annotations, its parsed form and the digest of that. */
export interface Rule extends Cited {
  readonly layer: Layer;
  readonly file: string;
  readonly effect: "permit" | "RED" | "YELLOW";
  /** Different people who have to say yes to what it asks about. */
  readonly quorum: number;
  /** For people: what is refused, and what would be acceptable. */
  readonly text: string;
  readonly source: string;
  readonly json: unknown;
  /** Hex SHA-256 of the parsed form: comments and spacing are not part of a rule. */
  readonly hash: string;
}

/** Why a set is not loaded. There are no lesser findings: a warning refuses too. */
export interface Finding {
  readonly file: string;
  readonly rule: string | null;
  readonly says: string;
}
