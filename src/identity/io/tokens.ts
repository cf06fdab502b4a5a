// Access tokens of an OAuth issuer that the operator chose: this server is a resource server, and never issues one.

import { createRemoteJWKSet, customFetch, errors, jwtVerify, type JWTVerifyGetKey } from "jose";
import { z } from "zod";
import { agentId, Fault, tenantId, type AgentId, type TenantId } from "#kernel";

export interface OauthPlace {
  /** As it stands in `iss`, to the letter. */
  readonly issuer: string;
  /** What must stand in `aud`: this server's own MCP address (RFC 8707). A token for another server opens nothing here. */
  readonly audience: string;
}

export interface NamedAgent {
  readonly tenant: TenantId;
  readonly agent: AgentId;
}

/** null: whatever is wrong with it. Throws when the issuer's keys cannot be read: nobody can tell then. */
export type VerifyToken = (text: string) => Promise<NamedAgent | null>;

/**
 * INVARIANT: the algorithm is chosen here, never by the token: no `none`, and no HMAC, with which the issuer's public key would
 * be a secret that everybody knows.
 */
const ALGORITHMS = ["EdDSA", "Ed25519", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "RS256"];
const MOST_CHARS = 8_192;
const SKEW_SECONDS = 5;
const METADATA_MS = 10 * 60_000;
const TIMEOUT_MS = 3_000;

const claims = z.object({ tenant: z.string(), agent: z.string() });
const metadata = z.object({ issuer: z.string(), jwks_uri: z.url() });

export interface TokenParts extends OauthPlace {
  readonly fetch: typeof fetch;
  /** Milliseconds since the Unix epoch. */
  readonly clock: () => number;
}

export function createTokens({ issuer, audience, fetch: ask, clock }: TokenParts): VerifyToken {
  let known: { readonly keys: JWTVerifyGetKey; readonly until: number } | null = null;

  async function keys(): Promise<JWTVerifyGetKey> {
    if (known !== null && known.until > clock()) return known.keys;
    const found = await discover(issuer, ask);
    const made = createRemoteJWKSet(new URL(found), { timeoutDuration: TIMEOUT_MS, [customFetch]: ask });
    known = { keys: made, until: clock() + METADATA_MS };
    return made;
  }

  return async (text) => {
    if (text.length > MOST_CHARS) return null;
    try {
      const { payload } = await jwtVerify(text, await keys(), {
        issuer,
        audience,
        algorithms: ALGORITHMS,
        requiredClaims: ["exp", "tenant", "agent"],
        clockTolerance: SKEW_SECONDS,
        currentDate: new Date(clock()),
      });
      const said = claims.safeParse(payload);
      if (!said.success) return null;
      const [tenant, agent] = [tenantId(said.data.tenant), agentId(said.data.agent)];
      return tenant === null || agent === null ? null : { tenant, agent };
    } catch (error) {
      if (error instanceof Fault) throw error;
      // Of our own asking, not of the token.
      if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) throw unavailable(error);
      if (error instanceof errors.JOSEError && error.code !== "ERR_JOSE_GENERIC") return null;
      throw unavailable(error);
    }
  };
}

const unavailable = (cause: unknown): Fault =>
  new Fault("issuer_unavailable", "The OAuth issuer's keys cannot be read now.", { cause });

/** RFC 8414, then OpenID Connect Discovery. The document must name the issuer that was asked for: otherwise it is another's. */
async function discover(issuer: string, ask: typeof fetch): Promise<string> {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, "");
  const places = [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}${path}/.well-known/openid-configuration`,
  ];
  let last: unknown = null;
  for (const place of places) {
    try {
      const answer = await ask(place, { redirect: "error", signal: AbortSignal.timeout(TIMEOUT_MS) });
      if (!answer.ok) continue;
      const said = metadata.parse(await answer.json());
      if (said.issuer === issuer) return said.jwks_uri;
    } catch (error) {
      last = error;
    }
  }
  throw unavailable(last);
}
