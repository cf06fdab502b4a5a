import { createHash, randomBytes } from "node:crypto";

const HANDLE = /^[A-Za-z0-9_-]{43}$/;

/** 256 bits, base64url: worth something to whoever presents it, for one run, for at most a minute. */
export const makeHandle = (): string => randomBytes(32).toString("base64url");

/** What is stored of a handle. null: no handle at all. */
export const handleDigest = (handle: string): string | null =>
  HANDLE.test(handle) ? createHash("sha256").update(handle, "ascii").digest("hex") : null;
