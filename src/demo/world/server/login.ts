// "Sign in with GitHub", as this world has it: a page on which one chooses whom of the cast to be, and the web flow's endpoints. PKCE, the
// registered callback and a code's single use are checked as GitHub checks them.

import { createHash } from "node:crypto";
import type { Context, Hono } from "hono";
import { html } from "hono/html";
import type { Account } from "../model/accounts.ts";
import { userShape } from "../shapes/accounts.ts";
import type { World } from "../world.ts";

const CODE_MS = 600_000;

/** Who can be chosen: people, not bots, not those that every GitHub has. */
const cast = (w: World): readonly Account[] =>
  [...w.accounts.values()].filter(
    ({ type, removed, login }) => type === "User" && !removed && login !== "ghost" && login !== "web-flow",
  );

interface Asked {
  readonly redirect: string;
  readonly state: string;
  readonly challenge: string;
}

function askedOf(w: World, c: Context): Asked | null {
  const { client_id: client, redirect_uri: redirect = "", state = "", code_challenge: challenge = "" } = c.req.query();
  const sound = client === w.app.clientId && w.logins.callbacks.has(redirect) && state.length >= 20;
  return sound && c.req.query("code_challenge_method") === "S256" && /^[\w-]{43}$/.test(challenge)
    ? { redirect, state, challenge }
    : null;
}

const REFUSED = "The redirect_uri is not associated with this application, or the request is incomplete.";

const choosePage = (w: World, c: Context) => html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<title>Who are you? · the demo's GitHub</title><link rel="icon" href="data:,">
<style>:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:3rem auto;padding:0 1rem}ul{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.75rem}a{display:inline-block;padding:.5rem 1.25rem;border:1px solid;border-radius:6px;font-weight:600}</style></head>
<body><main><h1>Who are you?</h1>
<p>This is the demo's own GitHub, on this machine: nobody here has a password. At the real one you would sign in to your account now. Choose somebody of the story.</p>
<ul>${cast(w).map(({ login, name }) => html`<li><a href="?${new URLSearchParams({ ...c.req.query(), as: login }).toString()}">${name ?? login}</a></li>`)}</ul>
</main></body></html>`;

export function mountLogin(app: Hono, w: World): void {
  const { logins } = w;

  app.get("/login/oauth/authorize", (c) => {
    const asked = askedOf(w, c);
    if (asked === null) return c.text(REFUSED, 400);
    const as = c.req.query("as");
    if (as === undefined) return c.html(choosePage(w, c));
    const account = cast(w).find(({ login }) => login === as);
    if (account === undefined) return c.text("There is nobody of that name.", 400);
    const code = w.ids.hex(10);
    logins.codes.set(code, { ...asked, account: account.id, at: w.wallClock() });
    const back = new URL(asked.redirect);
    back.searchParams.set("code", code);
    back.searchParams.set("state", asked.state);
    return c.redirect(back.toString(), 302);
  });

  // GitHub answers 200 to all of these.
  app.post("/login/oauth/access_token", async (c) => {
    const given: Record<string, unknown> = await c.req.json();
    const wrong = (error: string) => c.json({ error, error_description: error.replaceAll("_", " ") });
    if (given["client_id"] !== w.app.clientId || given["client_secret"] !== logins.clientSecret)
      return wrong("incorrect_client_credentials");
    const code = String(given["code"]);
    const known = logins.codes.get(code);
    logins.codes.delete(code);
    if (known === undefined || w.wallClock() - known.at > CODE_MS) return wrong("bad_verification_code");
    if (given["redirect_uri"] !== known.redirect) return wrong("redirect_uri_mismatch");
    const proof = createHash("sha256").update(String(given["code_verifier"])).digest("base64url");
    if (proof !== known.challenge) return wrong("bad_verification_code");
    const token = `ghu_${w.ids.hex(18)}`;
    logins.tokens.set(token, known.account);
    return c.json({ access_token: token, token_type: "bearer", scope: "" });
  });

  for (const base of ["/api/v3", ""]) {
    app.get(`${base}/user`, (c) => {
      const token = /^Bearer (ghu_\w+)$/.exec(c.req.header("authorization") ?? "")?.[1] ?? "";
      const account = w.accounts.get(logins.tokens.get(token) ?? -1);
      return account === undefined ? c.json({ message: "Bad credentials" }, 401) : c.json(userShape(w, account));
    });
    app.get(`${base}/users/:login`, (c) => {
      const wanted = c.req.param("login").toLowerCase();
      const account = [...w.accounts.values()].find(({ login, removed }) => !removed && login.toLowerCase() === wanted);
      return account === undefined ? c.json({ message: "Not Found" }, 404) : c.json(userShape(w, account));
    });
    app.delete(`${base}/applications/:client/token`, async (c) => {
      const basic = Buffer.from(`${w.app.clientId}:${logins.clientSecret}`).toString("base64");
      if (c.req.header("authorization") !== `Basic ${basic}`) return c.json({ message: "Not Found" }, 404);
      const { access_token: token }: Record<string, unknown> = await c.req.json();
      return logins.tokens.delete(String(token)) ? c.body(null, 204) : c.json({ message: "Not Found" }, 404);
    });
  }
}
