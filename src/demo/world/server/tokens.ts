import { jwtVerify } from "jose";
import { z } from "zod";
import { type Installation, type Level, type Permissions, type Token } from "../model/apps.ts";
import type { World } from "../world.ts";
import type { Exchange } from "./journal.ts";
import { type Caller, Refused } from "./route.ts";

const HOUR = 3_600_000;
const LEVELS: readonly Level[] = ["read", "write", "admin"];

/** GitHub's newer, long form: about 520 characters that look like a JWT and are to be taken as opaque. */
function tokenText(w: World): string {
  const part = (bytes: number): string => Buffer.from(w.ids.hex(bytes), "hex").toString("base64url");
  return `ghs_${w.app.id}_${part(36)}.${part(220)}.${part(126)}`;
}

export const NewToken = z.object({
  repositories: z.array(z.string()).max(500).optional(),
  repository_ids: z.array(z.number().int()).max(500).optional(),
  permissions: z.record(z.string(), z.enum(["read", "write", "admin"])).optional(),
});

function narrowed(has: Permissions, asked: Permissions | undefined): Permissions {
  if (asked === undefined) return has;
  for (const [name, level] of Object.entries(asked)) {
    const granted = has[name];
    if (granted === undefined || LEVELS.indexOf(granted) < LEVELS.indexOf(level)) {
      throw new Refused(422, "The permissions requested are not granted to this installation.");
    }
  }
  return { ...asked, metadata: "read" };
}

function repositoriesAsked(
  w: World,
  installation: Installation,
  asked: z.infer<typeof NewToken>,
): readonly number[] | null {
  const mine = [...w.repositories.values()].filter(
    (repo) =>
      !repo.deleted && repo.ownerId === installation.accountId && (installation.repositoryIds?.has(repo.id) ?? true),
  );
  if (asked.repositories === undefined && asked.repository_ids === undefined) return null;
  const found = [
    ...(asked.repository_ids ?? []).map((id) => mine.find((repo) => repo.id === id)?.id),
    ...(asked.repositories ?? []).map((name) => mine.find((repo) => repo.name === name)?.id),
  ];
  const ids = found.filter((id) => id !== undefined);
  if (ids.length < found.length || ids.length === 0) {
    throw new Refused(
      422,
      "There is at least one repository that does not exist or is not accessible to the parent installation.",
    );
  }
  return ids;
}

/** A token for an installation, never wider than the installation itself. */
export function mint(w: World, installation: Installation, asked: z.infer<typeof NewToken>): Token {
  if (installation.suspended !== null) throw new Refused(403, "This installation has been suspended");
  const token: Token = {
    text: tokenText(w),
    installationId: installation.id,
    permissions: narrowed(installation.permissions, asked.permissions),
    repositoryIds: repositoriesAsked(w, installation, asked),
    expiresAt: Math.floor(w.wallClock() / 1000) * 1000 + HOUR,
    revoked: false,
  };
  w.tokens.set(token.text, token);
  return token;
}

async function asApp(w: World, jwt: string): Promise<Caller> {
  const refuse = (why: string): Refused => new Refused(401, why);
  const { app } = w;
  if (app.publicKey === null) throw refuse("A JSON web token could not be decoded");
  const now = w.wallClock();
  const verified = await jwtVerify(jwt, app.publicKey, { algorithms: ["RS256"], currentDate: new Date(now) }).catch(
    () => null,
  );
  if (verified === null) throw refuse("A JSON web token could not be decoded");
  const { iss, iat, exp } = verified.payload;
  if (iss !== String(app.id) && iss !== app.clientId) throw refuse("Integration must generate a public key");
  if (iat === undefined || iat * 1000 > now + 60_000)
    throw refuse("'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued");
  if (exp === undefined || exp - iat > 660) throw refuse("'Expiration time' claim ('exp') is too far in the future");
  return { kind: "app", app };
}

function asInstallation(w: World, text: string): Caller {
  const token = w.tokens.get(text);
  const installation = token === undefined ? undefined : w.installations.get(token.installationId);
  const dead =
    token === undefined ||
    installation === undefined ||
    token.revoked ||
    installation.deleted ||
    token.expiresAt <= w.wallClock();
  if (dead) throw new Refused(401, "Bad credentials");
  if (installation.suspended !== null) throw new Refused(403, "This installation has been suspended");
  return { kind: "installation", installation, token };
}

/** Who asks, by the authorization header. Throws GitHub's own refusal. */
export async function callerOf(w: World, header: string | undefined): Promise<Caller> {
  if (header === undefined) return { kind: "nobody" };
  const text = /^(?:bearer|token)\s+(\S+)$/i.exec(header)?.[1];
  if (text === undefined) throw new Refused(401, "Bad credentials");
  return text.startsWith("ghs_") ? asInstallation(w, text) : asApp(w, text);
}

/** Who fetches with git, which knows nothing but a name and a password. Any other name is a person's, and no person has a password here. */
export function fetcherOf(w: World, header: string | undefined): Caller {
  if (header === undefined) return { kind: "nobody" };
  const given = Buffer.from(/^basic\s+(\S+)$/i.exec(header)?.[1] ?? "", "base64").toString();
  const token = /^x-access-token:(?<token>.*)$/.exec(given)?.groups?.["token"];
  if (token === undefined) throw new Refused(401, "Invalid username or token.");
  return asInstallation(w, token);
}

/** As the journal names who asked. */
export const asOf = (caller: Caller): Exchange["as"] =>
  caller.kind === "installation"
    ? { kind: "installation", id: caller.installation.id, permissions: caller.token.permissions }
    : { kind: caller.kind };

/** Ends every token at once, as if its hour were over. */
export function expireTokens(w: World): void {
  for (const token of w.tokens.values()) token.revoked = true;
}
