// From a request with a cookie to a transaction in which its person acts.

import type { Context } from "hono";
import { parseCookie, type Role, type Session } from "#identity";
import { readSession } from "#identity/io";
import { Fault } from "#kernel";
import { problem, type HttpEnv } from "#platform/http";
import type { TenantClaim, TenantTx } from "#platform/postgres";
import { plainPage } from "../pages/layout.ts";
import type { Cookies } from "./cookies.ts";
import { formOf, fromOurPages, jsonOf, same } from "./forms.ts";
import type { PeopleParts } from "./parts.ts";
import { returnPath } from "./return-path.ts";

export type PageContext = Context<HttpEnv>;

/** Somebody who is signed in, in the transaction that read their session and roles. */
export interface Visit {
  readonly tx: TenantTx;
  readonly session: Session;
  readonly claim: TenantClaim;
}

/** The same person while no transaction is open. What they may is asked again in the one that acts. */
export type Caller = Omit<Visit, "tx">;

export type Fields = Readonly<Record<string, string>>;

export interface SignedIn {
  /** A page: whoever is not signed in is asked to, and comes back to it. */
  page(c: PageContext, show: (visit: Visit) => Promise<Response>): Promise<Response>;
  /** A form of ours, posted in this session. */
  form(
    c: PageContext,
    roles: readonly Role[],
    act: (visit: Visit, fields: Fields) => Promise<Response>,
  ): Promise<Response>;
  /** INVARIANT: while `first` reads the world no transaction is open. `act` gets what it found, in one that reads session and roles anew. */
  formAfter<T>(
    c: PageContext,
    roles: readonly Role[],
    first: (caller: Caller, fields: Fields) => Promise<T>,
    act: (visit: Visit, fields: Fields, found: T) => Promise<Response>,
  ): Promise<Response>;
  /** The API: problem documents instead of pages. */
  api(c: PageContext, show: (visit: Visit) => Promise<Response>): Promise<Response>;
  apiPost(
    c: PageContext,
    roles: readonly Role[],
    act: (visit: Visit, body: unknown) => Promise<Response>,
  ): Promise<Response>;
  apiPostAfter<T>(
    c: PageContext,
    roles: readonly Role[],
    first: (caller: Caller, body: unknown) => Promise<T>,
    act: (visit: Visit, body: unknown, found: T) => Promise<Response>,
  ): Promise<Response>;
}

/** Why not; null: they may. */
type Refusing = (session: Session) => Response | Promise<Response> | null;

export const hasOne = (session: Session, roles: readonly Role[]): boolean =>
  roles.length === 0 || roles.some((role) => session.person.roles.includes(role));

const FOREIGN = {
  status: 403,
  code: "forbidden",
  title: "This form is from another page or an earlier session. Reload the page and try again.",
} as const;

export function createSignedIn({ db, publicUrl }: Pick<PeopleParts, "db" | "publicUrl">, cookies: Cookies): SignedIn {
  /** null: nobody, whatever the cookie says. One answer for unknown, ended and expired sessions and for clients that are not active. */
  async function visiting<T>(c: PageContext, work: (visit: Visit) => Promise<T>): Promise<T | null> {
    const text = cookies.read(c, "session");
    const cookie = text === null ? null : parseCookie(text);
    const claim = cookie === null ? null : await db.claimFor(cookie.tenant);
    if (text === null || claim === null) return null;
    try {
      return await db.withTenant(claim, async (tx) => {
        const session = await readSession(tx, text);
        return session === null ? null : work({ tx, session, claim });
      });
    } catch (error) {
      // Suspended between the claim and its use.
      if (error instanceof Fault && error.code === "tenant_inactive") return null;
      throw error;
    }
  }

  const askToSignIn = (c: PageContext): Response => {
    const { pathname, search } = new URL(c.req.url);
    return c.redirect(`/login?return=${encodeURIComponent(returnPath(pathname + search))}`, 303);
  };
  const nobody = (c: PageContext): Response =>
    problem(c, { status: 401, code: "unauthorized", title: "Sign in first: open /login in this browser." });
  const tooLittle = (roles: readonly Role[]): string =>
    `This takes the role ${roles.join(" or ")}. An operator of Countersign gives it: countersign person roles.`;

  const refusedPage = (c: PageContext, text: string) => c.html(plainPage("Not done", text), 403);
  const ofForm =
    (c: PageContext, roles: readonly Role[], fields: Fields): Refusing =>
    (session) => {
      if (!same(fields["csrf"] ?? "", session.csrf)) return refusedPage(c, FOREIGN.title);
      return hasOne(session, roles) ? null : refusedPage(c, tooLittle(roles));
    };
  const ofApi =
    (c: PageContext, roles: readonly Role[]): Refusing =>
    (session) => {
      if (!same(c.req.header("x-csrf-token") ?? "", session.csrf)) return problem(c, FOREIGN);
      return hasOne(session, roles) ? null : problem(c, { status: 403, code: "forbidden", title: tooLittle(roles) });
    };

  /** What was posted by a page of ours, in the session of whoever may. null: nobody is signed in. */
  const acting = (c: PageContext, refusing: Refusing, act: (visit: Visit) => Promise<Response>) =>
    visiting(c, async (visit) => (await refusing(visit.session)) ?? act(visit));

  async function actingAfter<T>(
    c: PageContext,
    refusing: Refusing,
    first: (caller: Caller) => Promise<T>,
    act: (visit: Visit, found: T) => Promise<Response>,
  ): Promise<Response | null> {
    const caller = await visiting(c, async ({ session, claim }) => (await refusing(session)) ?? { session, claim });
    if (caller === null || caller instanceof Response) return caller;
    const found = await first(caller);
    return acting(c, refusing, (visit) => act(visit, found));
  }

  async function formWith(c: PageContext, work: (fields: Fields) => Promise<Response | null>): Promise<Response> {
    c.header("cache-control", "no-store");
    const fields = fromOurPages(c, publicUrl()) ? await formOf(c) : null;
    if (fields === null) return refusedPage(c, FOREIGN.title);
    // To the page, not to the form: it is filled in again by who it is now.
    return (await work(fields)) ?? c.redirect("/login", 303);
  }

  async function bodyWith(c: PageContext, work: (body: unknown) => Promise<Response | null>): Promise<Response> {
    c.header("cache-control", "no-store");
    const body = fromOurPages(c, publicUrl()) ? await jsonOf(c) : null;
    return body === null ? problem(c, FOREIGN) : ((await work(body.value)) ?? nobody(c));
  }

  return {
    async page(c, show) {
      c.header("cache-control", "no-store");
      return (await visiting(c, show)) ?? askToSignIn(c);
    },
    form: (c, roles, act) =>
      formWith(c, (fields) => acting(c, ofForm(c, roles, fields), (visit) => act(visit, fields))),
    formAfter: (c, roles, first, act) =>
      formWith(c, (fields) =>
        actingAfter(
          c,
          ofForm(c, roles, fields),
          (caller) => first(caller, fields),
          (visit, found) => act(visit, fields, found),
        ),
      ),
    async api(c, show) {
      c.header("cache-control", "no-store");
      return (await visiting(c, show)) ?? nobody(c);
    },
    apiPost: (c, roles, act) => bodyWith(c, (body) => acting(c, ofApi(c, roles), (visit) => act(visit, body))),
    apiPostAfter: (c, roles, first, act) =>
      bodyWith(c, (body) =>
        actingAfter(
          c,
          ofApi(c, roles),
          (caller) => first(caller, body),
          (visit, found) => act(visit, body, found),
        ),
      ),
  };
}
