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
  /** The API: problem documents instead of pages. */
  api(c: PageContext, show: (visit: Visit) => Promise<Response>): Promise<Response>;
  apiPost(
    c: PageContext,
    roles: readonly Role[],
    act: (visit: Visit, body: unknown) => Promise<Response>,
  ): Promise<Response>;
}

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

  return {
    async page(c, show) {
      c.header("cache-control", "no-store");
      return (await visiting(c, show)) ?? askToSignIn(c);
    },
    async form(c, roles, act) {
      c.header("cache-control", "no-store");
      const fields = fromOurPages(c, publicUrl()) ? await formOf(c) : null;
      const refused = (text: string) => c.html(plainPage("Not done", text), 403);
      if (fields === null) return refused(FOREIGN.title);
      const answer = await visiting(c, async (visit) => {
        if (!same(fields["csrf"] ?? "", visit.session.csrf)) return refused(FOREIGN.title);
        if (!hasOne(visit.session, roles)) return refused(tooLittle(roles));
        return act(visit, fields);
      });
      // To the page, not to the form: it is filled in again by who it is now.
      return answer ?? c.redirect("/login", 303);
    },
    async api(c, show) {
      c.header("cache-control", "no-store");
      return (await visiting(c, show)) ?? nobody(c);
    },
    async apiPost(c, roles, act) {
      c.header("cache-control", "no-store");
      const body = fromOurPages(c, publicUrl()) ? await jsonOf(c) : null;
      if (body === null) return problem(c, FOREIGN);
      const answer = await visiting(c, async (visit) => {
        if (!same(c.req.header("x-csrf-token") ?? "", visit.session.csrf)) return problem(c, FOREIGN);
        if (!hasOne(visit.session, roles))
          return problem(c, { status: 403, code: "forbidden", title: tooLittle(roles) });
        return act(visit, body.value);
      });
      return answer ?? nobody(c);
    },
  };
}
