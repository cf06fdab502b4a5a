// Who issues tokens for this server (RFC 9728). Public: it says nothing about anybody.

import { Hono } from "hono";
import type { OauthPlace } from "#identity/io";
import type { HttpEnv } from "#platform/http";

const WELL_KNOWN = "/.well-known/oauth-protected-resource";

/** Where the document of a resource lies: its path goes behind the well-known one. */
export function metadataUrlOf(audience: string): string {
  const { origin, pathname } = new URL(audience);
  return `${origin}${WELL_KNOWN}${pathname === "/" ? "" : pathname}`;
}

/** Without an issuer there is no such document, and no such path. */
export function metadataRoutes(oauth: OauthPlace | null): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  if (oauth === null) return app;
  const document = {
    resource: oauth.audience,
    authorization_servers: [oauth.issuer],
    bearer_methods_supported: ["header"],
    resource_name: "Countersign",
  };
  for (const path of new Set([WELL_KNOWN, new URL(metadataUrlOf(oauth.audience)).pathname]))
    app.get(path, (c) => {
      c.header("cache-control", "public, max-age=300");
      c.header("access-control-allow-origin", "*");
      return c.json(document);
    });
  return app;
}
