import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { z } from "zod";
import { Fault } from "#kernel";

const secret = (): string => randomBytes(32).toString("base64url");

const stateShape = z.object({
  adminPassword: z.string().min(32),
  appPassword: z.string().min(32),
  // Absent from a directory of before these logins: made then, and given to the logins by the next migrate.
  sequencerPassword: z.string().min(32).default(secret),
  verifierPassword: z.string().min(32).default(secret),
  auditorPassword: z.string().min(32).default(secret),
  brokerPassword: z.string().min(32).default(secret),
  doerPassword: z.string().min(32).default(secret),
  claimKey: z.string().min(32),
  port: z.int().min(1).max(65_535),
  /** The cluster is there: from then on nobody makes an empty one in its place. */
  made: z.boolean().default(false),
  /** The process that started the server last. */
  owner: z.int().min(0),
});
export type EmbeddedState = z.infer<typeof stateShape>;

const fileOf = (dir: string): string => join(dir, "cluster.json");

/** Null where there is none or it was left half-written: without its passwords the cluster cannot be opened again. */
export function readState(dir: string): EmbeddedState | null {
  if (!existsSync(fileOf(dir))) return null;
  try {
    return stateShape.parse(JSON.parse(readFileSync(fileOf(dir), "utf8")));
  } catch (error) {
    throw new Fault("config_invalid", whyUnusable(dir, error), { cause: error });
  }
}

/** INVARIANT: who merely may not read it is never told to remove it. */
export const whyUnusable = (dir: string, error: unknown): string =>
  error instanceof Error && "code" in error && (error.code === "EACCES" || error.code === "EPERM")
    ? `${fileOf(dir)} belongs to another user. Run this as the user who started the server or the demo.`
    : `${fileOf(dir)} cannot be read, and it holds the keys of the built-in database. Restore it, or remove the directory ${dir} to begin with an empty one.`;

export function writeState(dir: string, state: EmbeddedState): void {
  const partial = `${fileOf(dir)}.new`;
  writeFileSync(partial, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  renameSync(partial, fileOf(dir));
}

export const freshState = (port: number): EmbeddedState => ({
  adminPassword: secret(),
  appPassword: secret(),
  sequencerPassword: secret(),
  verifierPassword: secret(),
  auditorPassword: secret(),
  brokerPassword: secret(),
  doerPassword: secret(),
  claimKey: secret(),
  port,
  made: false,
  owner: 0,
});

/** `wanted` if nobody listens there, else one that the system gives. */
export async function freePort(wanted: number): Promise<number> {
  return (await listenOn(wanted)) ?? (await listenOn(0)) ?? 0;
}

function listenOn(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(null));
    server.listen({ host: "127.0.0.1", port, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(address !== null && typeof address === "object" ? address.port : null));
    });
  });
}
