import { readFileSync } from "node:fs";
import { Hono } from "hono";
import type { HttpEnv } from "#platform/http";
import { apiRoutes } from "./api-routes.ts";
import { approvalRoutes } from "./approval-routes.ts";
import { controlRoutes } from "./control-routes.ts";
import { createCookies } from "./cookies.ts";
import { loginRoutes } from "./login-routes.ts";
import type { PeopleParts } from "./parts.ts";
import { passkeyRoutes } from "./passkey-routes.ts";
import { slackRoutes } from "./slack-routes.ts";
import { createSignedIn } from "./signed-in.ts";

const asset = (name: string): string => readFileSync(new URL(`../pages/${name}`, import.meta.url), "utf8");

/** The pages for people, and the API under them, to be mounted on the server's shell: its headers are part of what keeps them. */
export function createPeople(parts: PeopleParts): Hono<HttpEnv> {
  const cookies = createCookies(parts.publicUrl);
  const signedIn = createSignedIn(parts, cookies);
  const [css, passkey, again] = [asset("console.css"), asset("passkey.js"), asset("again.js")];
  const app = new Hono<HttpEnv>();
  app.get("/console/console.css", (c) => c.body(css, 200, { "content-type": "text/css; charset=utf-8" }));
  app.get("/console/passkey.js", (c) => c.body(passkey, 200, { "content-type": "text/javascript; charset=utf-8" }));
  app.get("/console/again.js", (c) => c.body(again, 200, { "content-type": "text/javascript; charset=utf-8" }));
  app.route("/", loginRoutes(parts, cookies, signedIn));
  app.route("/", approvalRoutes(parts, signedIn));
  app.route("/", controlRoutes(parts, signedIn));
  app.route("/", passkeyRoutes(parts, signedIn));
  app.route("/", slackRoutes(parts, signedIn));
  app.route("/", apiRoutes(parts, signedIn));
  return app;
}
