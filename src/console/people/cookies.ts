// What a browser keeps of us. Over https the names have the __Host- prefix: no other host, nor a path of this one, can plant them.

import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";

export interface Cookies {
  read(c: Context, name: CookieName): string | null;
  write(c: Context, name: CookieName, value: string, seconds: number): void;
  drop(c: Context, name: CookieName): void;
}

/** `signin`: a login under way. `choice`: GitHub has said who it is, and they choose a client. */
export type CookieName = "session" | "signin" | "choice";

export function createCookies(publicUrl: () => string): Cookies {
  const secure = (): boolean => publicUrl().startsWith("https:");
  const named = (name: CookieName): string => `${secure() ? "__Host-" : ""}countersign_${name}`;
  // Lax: a link in a mail opens the page for whoever is signed in, and nothing that another site posts is anybody's.
  const options = () => ({ httpOnly: true, sameSite: "Lax", path: "/", secure: secure() }) as const;
  return {
    read: (c, name) => getCookie(c, named(name)) ?? null,
    write: (c, name, value, seconds) => setCookie(c, named(name), value, { ...options(), maxAge: seconds }),
    drop: (c, name) => void deleteCookie(c, named(name), options()),
  };
}
