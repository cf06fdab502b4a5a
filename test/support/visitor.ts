// Somebody with a browser, as far as the server can tell: cookies, redirects, and the headers that say which page a form is from.

import type { HttpApp } from "#platform/http";

export interface Visitor {
  readonly cookies: Map<string, string>;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Response>;
  /** A form of the site's own page; `headers` can say otherwise. */
  post(
    path: string,
    fields: Readonly<Record<string, string>>,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Response>;
  json(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Response>;
}

export function visitor(app: HttpApp, origin: string): Visitor {
  const cookies = new Map<string, string>();
  const ask = async (
    path: string,
    {
      headers,
      ...init
    }: { readonly method: string; readonly body?: string; readonly headers: Readonly<Record<string, string>> },
  ) => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await app.request(`${origin}${path}`, {
      ...init,
      headers: { ...(cookie === "" ? {} : { cookie }), ...headers },
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === "" || /max-age=0/i.test(line)) cookies.delete(name);
      else cookies.set(name, decodeURIComponent(value));
    }
    return answer;
  };
  const own = { origin, "sec-fetch-site": "same-origin" };
  return {
    cookies,
    get: (path, headers = {}) => ask(path, { method: "GET", headers }),
    post: (path, fields, headers = own) =>
      ask(path, {
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
        body: new URLSearchParams(fields).toString(),
      }),
    json: (path, body, headers = own) =>
      ask(path, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(body),
      }),
  };
}
