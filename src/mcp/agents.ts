import { Hono } from "hono";
import type { Gateway } from "#gateway";
import type { OauthPlace } from "#identity/io";
import type { HttpEnv } from "#platform/http";
import { createWhoAsks, type BearerParts } from "./bearer.ts";
import { callRoutes } from "./call-routes.ts";
import { hookRoutes } from "./hook-routes.ts";
import { mcpRoutes } from "./mcp-routes.ts";
import { metadataRoutes, metadataUrlOf } from "./metadata-routes.ts";
import { openApi, type AlsoDescribed } from "./openapi.ts";

export interface AgentSurfaceParts extends Omit<BearerParts, "metadataUrl"> {
  readonly gateway: Gateway;
  /** null: agents have keys, and tokens are nobody's. */
  readonly oauth: OauthPlace | null;
  readonly version: string;
  /** What stands in GET /v1/openapi.json beside this surface's own. */
  readonly also: AlsoDescribed;
}

/** Everything that agents reach: /mcp, /v1 and the metadata, to be mounted on the server's shell. */
export function createAgentSurface(parts: AgentSurfaceParts): Hono<HttpEnv> {
  const { gateway, oauth, version } = parts;
  const whoAsks = createWhoAsks({ ...parts, metadataUrl: oauth === null ? null : metadataUrlOf(oauth.audience) });
  const described = openApi(version, parts.also);
  const app = new Hono<HttpEnv>();
  app.route("/", metadataRoutes(oauth));
  app.route("/", mcpRoutes({ gateway, whoAsks, version }));
  app.route("/", callRoutes({ gateway, whoAsks }));
  app.route("/", hookRoutes({ gateway, whoAsks }));
  app.get("/v1/openapi.json", (c) => c.json(described));
  return app;
}
