// Signing in with GitHub, choosing a client, signing out.

import { createHash, randomBytes } from "node:crypto";
import { Hono } from "hono";
import { parseCookie, SESSION } from "#identity";
import {
  beginChoice,
  clientsOf,
  endSession,
  openChoice,
  openSession,
  readSession,
  takeChoice,
  type Chooser,
} from "#identity/io";
import { tenantId, type TenantId } from "#kernel";
import { createRate, type HttpEnv } from "#platform/http";
import { LIMITS } from "../limits.ts";
import { choosePage, signInPage } from "../pages/sign-in.ts";

import type { Cookies } from "./cookies.ts";
import { formOf, fromOurPages, same } from "./forms.ts";
import type { PeopleParts } from "./parts.ts";
import { returnPath } from "./return-path.ts";
import type { PageContext, SignedIn } from "./signed-in.ts";

export const CALLBACK = "/login/callback";
const SECRET = /^[A-Za-z0-9_-]{43}$/;
const CODE = /^[A-Za-z0-9_-]{1,200}$/;
const NOT_HERE =
  "This sign-in did not begin in this browser, or more than ten minutes ago. Begin again with the button.";
const NOBODY =
  "GitHub has said who you are, and no client has you among its people. Ask an operator of Countersign: countersign person add.";

const secret = (): string => randomBytes(32).toString("base64url");
const s256 = (text: string): string => createHash("sha256").update(text).digest("base64url");

export function loginRoutes(parts: PeopleParts, cookies: Cookies, signedIn: SignedIn): Hono<HttpEnv> {
  const { db, append, signIn, publicUrl } = parts;
  const app = new Hono<HttpEnv>();
  const everybody = createRate(LIMITS.logins, parts.clock);
  const redirectUri = (): string => `${publicUrl()}${CALLBACK}`;

  const ask = (c: PageContext, said: string | null, status: 200 | 400 | 403 | 429 | 502 = 200) => {
    c.header("cache-control", "no-store");
    const back = returnPath(c.req.query("return"));
    const go = signIn === null ? null : `/login/github?return=${encodeURIComponent(back)}`;
    return c.html(signInPage(go, said), status);
  };

  app.get("/login", (c) => ask(c, null));

  // A link: nothing is changed by it but what this browser waits for.
  app.get("/login/github", (c) => {
    c.header("cache-control", "no-store");
    if (signIn === null) return ask(c, null);
    const [state, verifier] = [secret(), secret()];
    const back = Buffer.from(returnPath(c.req.query("return"))).toString("base64url");
    // Here and nowhere else: a callback counts in the browser that asked for it, once.
    cookies.write(c, "signin", `${state}.${verifier}.${back}`, LIMITS.signInSeconds);
    return c.redirect(signIn.authorizeUrl({ state, challenge: s256(verifier), redirectUri: redirectUri() }), 302);
  });

  app.get(CALLBACK, async (c) => {
    c.header("cache-control", "no-store");
    const [state = "", verifier = "", back = ""] = (cookies.read(c, "signin") ?? "").split(".");
    cookies.drop(c, "signin");
    const code = c.req.query("code") ?? "";
    if (c.req.query("error") !== undefined) return ask(c, "GitHub did not sign you in: it was cancelled there.", 403);
    // INVARIANT: whoever sends somebody a link with a code of their own signs nobody in.
    if (signIn === null || !SECRET.test(state) || !SECRET.test(verifier) || !CODE.test(code))
      return ask(c, NOT_HERE, 403);
    if (!same(c.req.query("state") ?? "", state)) return ask(c, NOT_HERE, 403);
    if (everybody("logins") > 0) return ask(c, "Too many people sign in at this moment. Try again in a minute.", 429);
    const account = await signIn.whoIs({ code, verifier, redirectUri: redirectUri() });
    if (account === null) return ask(c, "GitHub did not confirm this sign-in. Begin again with the button.", 403);
    const clients = await db.withPlatform((tx) => clientsOf(tx, account.id));
    const [one, second] = clients;
    const next = returnPath(Buffer.from(back, "base64url").toString("utf8"));
    if (one === undefined) {
      c.get("log").info({ account: account.id }, "a GitHub account that is nobody's here tried to sign in");
      return ask(c, NOBODY, 403);
    }
    const who: Chooser = { account: account.id, login: account.login };
    if (second === undefined) return enter(c, one.tenant, who, next);
    const choice = await db.withPlatform((tx) => beginChoice(tx, who));
    cookies.write(c, "choice", `${choice}.${Buffer.from(next).toString("base64url")}`, LIMITS.choiceSeconds);
    return c.html(choosePage(account.login, clients, s256(choice)));
  });

  app.post("/login/choose", async (c) => {
    c.header("cache-control", "no-store");
    const fields = fromOurPages(c, publicUrl()) ? await formOf(c) : null;
    const [choice = "", back = ""] = (cookies.read(c, "choice") ?? "").split(".");
    const tenant = tenantId(fields?.["tenant"] ?? "");
    if (fields === null || tenant === null || !same(fields["choice"] ?? "", s256(choice))) return ask(c, NOT_HERE, 403);
    const chooser = await db.withPlatform((tx) => openChoice(tx, choice));
    if (chooser === null) return ask(c, NOT_HERE, 403);
    const theirs = await db.withPlatform((tx) => clientsOf(tx, chooser.account));
    if (!theirs.some((each) => each.tenant === tenant)) return ask(c, NOT_HERE, 403);
    const taken = await db.withPlatform((tx) => takeChoice(tx, choice));
    cookies.drop(c, "choice");
    if (taken === null) return ask(c, NOT_HERE, 403);
    return enter(c, tenant, taken, returnPath(Buffer.from(back, "base64url").toString("utf8")));
  });

  app.post("/logout", (c) =>
    signedIn.form(c, [], async ({ tx, session }) => {
      const by = { initiator: { type: "human", id: session.person.person }, requestId: c.get("requestId") } as const;
      await endSession(tx, append, { session, how: "logout", by });
      cookies.drop(c, "session");
      return c.redirect("/login", 303);
    }),
  );

  /** INVARIANT: what the browser had before is ended and replaced: a session that somebody planted there is not continued. */
  async function enter(c: PageContext, tenant: TenantId, who: Chooser, next: string): Promise<Response> {
    await leave(c);
    const requestId = c.get("requestId");
    const claim = await db.claimFor(tenant);
    const opened =
      claim === null ? null : await db.withTenant(claim, (tx) => openSession(tx, append, { ...who, requestId }));
    if (opened === null) return ask(c, NOBODY, 403);
    cookies.write(c, "session", opened.text, SESSION.wholeMs / 1_000);
    return c.redirect(next, 303);
  }

  async function leave(c: PageContext): Promise<void> {
    const text = cookies.read(c, "session");
    const cookie = text === null ? null : parseCookie(text);
    const claim = cookie === null ? null : await db.claimFor(cookie.tenant);
    if (text === null || claim === null) return;
    await db.withTenant(claim, async (tx) => {
      const session = await readSession(tx, text);
      if (session === null) return;
      const by = { initiator: { type: "human", id: session.person.person }, requestId: c.get("requestId") } as const;
      await endSession(tx, append, { session, how: "login", by });
    });
  }

  return app;
}
