// "Connect GitHub": GitHub's manifest flow. It ends with this server holding a new App's key, so it is open only while no App
// is configured, and only to who has read the one-time token from this server's terminal. A loopback address would be no
// proof: behind a proxy on the same host everybody comes from there.

import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { Hono, type Context } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { z } from "zod";
import { type AppId, appId } from "#kernel";
import { webUrl } from "#platform/github";
import { branded } from "#platform/postgres";
import { LIMITS } from "../limits.ts";
import { manifest } from "./app-manifest.ts";
import { askPage, donePage, plainPage, STYLE } from "./page.ts";

export interface NewApp {
  readonly appId: AppId;
  readonly slug: string;
  readonly privateKey: string;
  readonly webhookSecret: string;
  /** What people sign in with. */
  readonly clientId: string;
  readonly clientSecret: string;
}

export interface ConnectParts {
  /** Where GitHub and browsers reach this server, without a trailing slash. */
  readonly publicUrl: string;
  /** `https://api.github.com`, or `https://HOST/api/v3`. */
  readonly apiUrl: string;
  /** Printed on the terminal as part of the link, and nowhere else; at least 32 random characters. */
  readonly setupToken: string;
  readonly isConfigured: () => boolean;
  /** Writes it where only this user can read (0600) and says where: a path for the page. */
  readonly save: (app: NewApp) => string;
  readonly clock: () => number;
  readonly fetch: typeof fetch;
}

const TOKEN_COOKIE = "countersign_connect";
const STATE_COOKIE = "countersign_connect_state";
const ORGANISATION = /^[A-Za-z0-9](?:[A-Za-z0-9]|-(?=[A-Za-z0-9])){0,38}$/;

const conversion = z.object({
  id: branded(z.number(), appId),
  slug: z.string().regex(/^[a-z0-9-]{1,100}$/),
  html_url: z.url(),
  pem: z.string().min(1),
  webhook_secret: z.string().min(20),
  client_id: z.string().regex(/^[A-Za-z0-9._-]{1,100}$/),
  client_secret: z.string().regex(/^[A-Za-z0-9_-]{16,200}$/),
});

/** Compared by digest: neither length nor content shows in the time. */
function same(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

export function createConnect(parts: ConnectParts): Hono {
  const app = new Hono();
  /** One at a time; null once used. */
  let waiting: { readonly state: string; readonly untilMs: number } | null = null;
  let connected = false;
  const secure = parts.publicUrl.startsWith("https:");
  const cookie = {
    httpOnly: true,
    sameSite: "Lax",
    path: "/connect",
    secure,
    maxAge: LIMITS.connectMs / 1_000,
  } as const;

  const closed = (c: Context): Response | Promise<Response> | null => {
    if (!connected && !parts.isConfigured()) return null;
    return c.html(
      plainPage(
        "Already connected",
        "This server has a GitHub App. To connect another one, start a server with another DATA_DIR.",
      ),
      403,
    );
  };

  app.get("/connect/style.css", (c) => c.text(STYLE, 200, { "content-type": "text/css; charset=utf-8" }));

  app.get("/connect", (c) => {
    c.header("cache-control", "no-store");
    const refusal = closed(c);
    if (refusal !== null) return refusal;
    const inAddress = c.req.query("token");
    if (!same(inAddress ?? getCookie(c, TOKEN_COOKIE) ?? "", parts.setupToken)) {
      return c.html(
        plainPage(
          "Not open to everybody",
          "Open the Connect GitHub link that this server printed on its terminal when it started.",
        ),
        403,
      );
    }
    if (inAddress !== undefined) {
      // Out of the address bar, and so out of the Referer that GitHub would get.
      setCookie(c, TOKEN_COOKIE, inAddress, cookie);
      return c.redirect("/connect", 303);
    }
    const organisation = c.req.query("organization");
    if (organisation !== undefined && !ORGANISATION.test(organisation))
      return c.html(plainPage("Not an organisation's name", "Go back and write it as in its GitHub address."), 400);
    waiting = { state: randomBytes(32).toString("base64url"), untilMs: parts.clock() + LIMITS.connectMs };
    setCookie(c, STATE_COOKIE, waiting.state, cookie);
    const path = organisation === undefined ? "/settings/apps/new" : `/organizations/${organisation}/settings/apps/new`;
    const name = `Countersign ${randomBytes(3).toString("hex")}`;
    return c.html(
      askPage({
        targets: [
          {
            label:
              organisation === undefined ? "Create the App for my own account" : `Create the App for ${organisation}`,
            action: `${webUrl(parts.apiUrl)}${path}?state=${waiting.state}`,
          },
        ],
        manifestJson: JSON.stringify(manifest(parts.publicUrl, name)),
        webhookUrl: `${parts.publicUrl}/api/github/webhooks`,
      }),
    );
  });

  app.get("/connect/callback", async (c) => {
    c.header("cache-control", "no-store");
    const refusal = closed(c);
    if (refusal !== null) return refusal;
    const expected = waiting !== null && waiting.untilMs > parts.clock() ? waiting.state : null;
    const [state, code] = [c.req.query("state") ?? "", c.req.query("code") ?? ""];
    // The cookie proves that this browser began it: a link with an attacker's code would connect the attacker's App.
    if (
      expected === null ||
      !same(state, expected) ||
      !same(getCookie(c, STATE_COOKIE) ?? "", expected) ||
      !/^[A-Za-z0-9_-]{1,100}$/.test(code)
    ) {
      return c.html(
        plainPage(
          "This did not start here",
          "The link is old or belongs to another browser. Open the Connect GitHub link from the terminal again.",
        ),
        403,
      );
    }
    waiting = null;
    const made = await exchange(parts, code);
    if (made === null)
      return c.html(
        plainPage(
          "GitHub did not hand over the App",
          "Open the Connect GitHub link from the terminal and try again; delete the half-made App on GitHub's settings page.",
        ),
        502,
      );
    const where = parts.save({
      appId: made.id,
      slug: made.slug,
      privateKey: made.pem,
      webhookSecret: made.webhook_secret,
      clientId: made.client_id,
      clientSecret: made.client_secret,
    });
    connected = true;
    return c.html(
      donePage({ slug: made.slug, installUrl: `${webUrl(parts.apiUrl)}/apps/${made.slug}/installations/new`, where }),
    );
  });
  return app;
}

/** The code is good once and for an hour; the answer holds the key, so nothing of it goes into an error or a log. */
async function exchange(parts: ConnectParts, code: string): Promise<z.infer<typeof conversion> | null> {
  try {
    const response = await parts.fetch(`${parts.apiUrl.replace(/\/+$/, "")}/app-manifests/${code}/conversions`, {
      method: "POST",
      headers: {
        accept: "application/vnd.github+json",
        "user-agent": "countersign",
        "x-github-api-version": "2022-11-28",
      },
      signal: AbortSignal.timeout(15_000),
    });
    const parsed = conversion.safeParse(await response.json());
    return response.status === 201 && parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
