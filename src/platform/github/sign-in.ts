// "Sign in with GitHub": the web flow of a GitHub App, with PKCE. GitHub is asked one thing, who it is, and the token is ended at once: nothing of
// a person's rights stays here.
// https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app

import { z } from "zod";
import { userId, type UserId } from "#kernel";
import { branded } from "../postgres/index.ts";
import { endpoints } from "./endpoints.ts";
import { refused, unavailable } from "./faults.ts";
import { LIMITS } from "./limits.ts";

export interface SignInOptions {
  /** `https://api.github.com`, or `https://HOST/api/v3`. */
  readonly apiUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly fetch?: typeof fetch;
}

/** Whom GitHub names: a number that never is anybody else's, and the name of this moment. */
export interface Account {
  readonly id: UserId;
  readonly login: string;
}

export interface SignIn {
  /** Where the browser is sent. `challenge`: base64url SHA-256 of the verifier (RFC 7636, S256). */
  authorizeUrl(asked: { readonly state: string; readonly challenge: string; readonly redirectUri: string }): string;
  /** null: GitHub takes the code no more, or it was another browser's, or it is no person's. */
  whoIs(given: {
    readonly code: string;
    readonly verifier: string;
    readonly redirectUri: string;
  }): Promise<Account | null>;
}

/** `https://github.com`, or the Enterprise host itself. */
export function webUrl(apiUrl: string): string {
  const { origin } = new URL(apiUrl);
  return origin === "https://api.github.com" ? "https://github.com" : origin;
}

const granted = z.union([
  z.object({ access_token: z.string().min(1).max(2_000) }),
  // With status 200, too.
  z.object({ error: z.string() }),
]);
const account = z.object({
  id: branded(z.number(), userId),
  login: z.string().min(1).max(100),
  type: z.string(),
});

const HEADERS = { "user-agent": "countersign", "x-github-api-version": LIMITS.apiVersion } as const;

/** Who has this name now; null: nobody. GitHub answers this without a login, sixty times an hour. */
export async function accountNamed(apiUrl: string, login: string, ask: typeof fetch = fetch): Promise<Account | null> {
  const route = "GET /users/{username}";
  const answer = await send(
    route,
    `${endpoints(apiUrl).rest}/users/${encodeURIComponent(login)}`,
    { headers: HEADERS },
    ask,
  );
  if (answer.status === 404) return null;
  if (answer.status !== 200) throw refused(route, answer.status, answer.data);
  return personIn(answer.data);
}

export function createSignIn({ apiUrl, clientId, clientSecret, fetch: ask = fetch }: SignInOptions): SignIn {
  const { rest } = endpoints(apiUrl);
  const web = webUrl(apiUrl);

  return {
    authorizeUrl({ state, challenge, redirectUri }) {
      const url = new URL(`${web}/login/oauth/authorize`);
      for (const [name, value] of Object.entries({
        client_id: clientId,
        redirect_uri: redirectUri,
        state,
        code_challenge: challenge,
        code_challenge_method: "S256",
        // Who has several accounts is asked which, and not taken for the one they used last.
        prompt: "select_account",
        allow_signup: "false",
      }))
        url.searchParams.set(name, value);
      return url.toString();
    },
    async whoIs({ code, verifier, redirectUri }) {
      const route = "POST /login/oauth/access_token";
      const answer = await send(
        route,
        `${web}/login/oauth/access_token`,
        {
          method: "POST",
          headers: { ...HEADERS, accept: "application/json", "content-type": "application/json" },
          body: JSON.stringify({
            client_id: clientId,
            client_secret: clientSecret,
            code,
            redirect_uri: redirectUri,
            code_verifier: verifier,
          }),
        },
        ask,
      );
      const parsed = granted.safeParse(answer.data);
      if (answer.status !== 200 || !parsed.success || "error" in parsed.data) return null;
      const token = parsed.data.access_token;
      try {
        const who = await send(
          "GET /user",
          `${rest}/user`,
          { headers: { ...HEADERS, accept: "application/vnd.github+json", authorization: `Bearer ${token}` } },
          ask,
        );
        return who.status === 200 ? personIn(who.data) : null;
      } finally {
        await endToken(token);
      }
    },
  };

  /** It ends by itself within hours where GitHub does not take this: nobody is kept out for it. */
  async function endToken(token: string): Promise<void> {
    const basic = Buffer.from(`${clientId}:${clientSecret}`).toString("base64");
    await send(
      "DELETE /applications/{client_id}/token",
      `${rest}/applications/${clientId}/token`,
      {
        method: "DELETE",
        headers: {
          ...HEADERS,
          accept: "application/vnd.github+json",
          "content-type": "application/json",
          authorization: `Basic ${basic}`,
        },
        body: JSON.stringify({ access_token: token }),
      },
      ask,
    ).catch(() => null);
  }
}

/** A bot and an organisation are accounts too, and nobody who could approve. */
function personIn(data: unknown): Account | null {
  const parsed = account.safeParse(data);
  return parsed.success && parsed.data.type === "User" ? { id: parsed.data.id, login: parsed.data.login } : null;
}

/** Nothing of the request or the answer goes into an error: both hold credentials. */
async function send(
  route: string,
  url: string,
  init: RequestInit,
  ask: typeof fetch,
): Promise<{ readonly status: number; readonly data: unknown }> {
  try {
    const answer = await ask(url, { ...init, redirect: "error", signal: AbortSignal.timeout(LIMITS.timeoutMs) });
    const text = await answer.text();
    if (answer.status >= 500) throw unavailable(route, `status ${answer.status}`);
    const data: unknown = text === "" ? null : JSON.parse(text);
    return { status: answer.status, data };
  } catch (error) {
    if (error instanceof Error && error.name === "Fault") throw error;
    throw unavailable(route, "the request could not be sent, or the answer broke off");
  }
}
