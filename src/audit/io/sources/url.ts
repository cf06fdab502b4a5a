// A log served over HTTP in the same layout.

import { broken, filesSource, found, type LogSource, type Read } from "#verifier";
import { isPlainPath } from "./path.ts";

const TIMEOUT_MS = 30_000;

export interface UrlSource {
  /** With or without a slash at its end. */
  readonly url: string;
  /** Sent as a bearer token; never to another host than the URL's. */
  readonly token: string | null;
}

export function urlSource({ url, token }: UrlSource): LogSource {
  const base = url.endsWith("/") ? url : `${url}/`;
  return filesSource({
    async read(path, maxBytes) {
      if (!isPlainPath(path)) return broken(`${path} is no path inside a log`);
      try {
        // A redirect could lead the token, or the auditor, elsewhere.
        const response = await fetch(new URL(path, base), {
          redirect: "error",
          signal: AbortSignal.timeout(TIMEOUT_MS),
          headers: token === null ? {} : { authorization: `Bearer ${token}` },
        });
        if (response.status === 404 || response.status === 410) return { kind: "absent" };
        if (response.status === 401)
          return {
            kind: "unreadable",
            why: "the server answered 401: it wants an API key of this log's tenant (AUDIT_TOKEN)",
          };
        if (!response.ok) return { kind: "unreadable", why: `the server answered ${response.status}` };
        return await body(response, maxBytes);
      } catch (error) {
        const why = error instanceof Error && error.name === "TimeoutError" ? "no answer in time" : "no connection";
        return { kind: "unreadable", why };
      }
    },
  });
}

async function body(response: Response, maxBytes: number): Promise<Read<Uint8Array>> {
  const parts: Uint8Array[] = [];
  let length = 0;
  const stream: AsyncIterable<Uint8Array> | null = response.body;
  for await (const part of stream ?? []) {
    length += part.length;
    if (length > maxBytes) return broken("it is larger than any such file");
    parts.push(part);
  }
  return found(Buffer.concat(parts));
}
