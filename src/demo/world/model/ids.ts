import { createHash } from "node:crypto";

/** Ids are handed out in order, so that a test which repeats its acts meets the same world. */
export interface Ids {
  next(kind: string): number;
  guid(): string;
  hex(bytes: number): string;
}

/** A small seeded generator (mulberry32): the world needs variety, not secrecy. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function makeIds(random: () => number): Ids {
  const counters = new Map<string, number>();
  const hex = (bytes: number): string =>
    Array.from({ length: bytes }, () =>
      Math.floor(random() * 256)
        .toString(16)
        .padStart(2, "0"),
    ).join("");
  return {
    next: (kind) => {
      const id = (counters.get(kind) ?? 1000) + 1;
      counters.set(kind, id);
      return id;
    },
    guid: () => {
      const h = hex(16);
      return `${h.slice(0, 8)}-${h.slice(8, 12)}-4${h.slice(13, 16)}-8${h.slice(17, 20)}-${h.slice(20)}`;
    },
    hex,
  };
}

/** GraphQL node ids are opaque; ours can be read back, which is what `node(id:)` and the mutations need. */
export const nodeId = (prefix: string, id: number | string): string =>
  `${prefix}_${Buffer.from(`${prefix}:${id}`).toString("base64url")}`;

export function readNodeId(text: string): { readonly prefix: string; readonly id: string } | null {
  const [head, tail] = text.split("_", 2);
  if (head === undefined || tail === undefined) return null;
  const [prefix, ...rest] = Buffer.from(tail, "base64url").toString("utf8").split(":");
  return prefix === head ? { prefix, id: rest.join(":") } : null;
}

export const sha1 = (text: string | Buffer): string => createHash("sha1").update(text).digest("hex");
