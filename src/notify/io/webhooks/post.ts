// One request to a receiver that somebody named. The name is resolved here, every address of it is judged, and the connection goes to an
// address that was judged and to no other: a name that answers differently the second time reaches nothing.

import { lookup } from "node:dns/promises";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { isIP } from "node:net";
import { isLoopback, isPublic, receiverUrl } from "../../addresses.ts";
import { limits } from "../../limits.ts";

export type Posted =
  | { readonly kind: "answered"; readonly status: number; readonly retryAfterMs: number | null }
  /** The receiver may not be asked at all. */
  | { readonly kind: "refused"; readonly why: string }
  | { readonly kind: "unreachable"; readonly why: string };

interface Address {
  readonly address: string;
  readonly family: number;
}

export interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** For the demo and tests alone. */
  readonly loopback: boolean;
  readonly signal: AbortSignal;
  readonly resolve?: (host: string) => Promise<readonly Address[]>;
}

const everyAddress = (host: string): Promise<readonly Address[]> => lookup(host, { all: true, order: "verbatim" });

export async function post({
  url: text,
  headers,
  body,
  loopback,
  signal,
  resolve = everyAddress,
}: Post): Promise<Posted> {
  const ruled = receiverUrl(text, loopback);
  if (ruled.kind === "refused") return ruled;
  const { url } = ruled;
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const found = isIP(host) === 0 ? await resolve(host).catch(() => []) : [{ address: host, family: isIP(host) }];
  const [first] = found;
  if (first === undefined) return { kind: "unreachable", why: "The receiver's name has no address." };
  // INVARIANT: one bad address among good ones is enough: which of them a resolver gives first is its owner's choice.
  if (!found.every(({ address }) => isPublic(address) || (loopback && isLoopback(address))))
    return { kind: "refused", why: "The receiver's name leads to an address that is private, local or reserved." };
  return send(url, first, { headers, body, signal });
}

function send(url: URL, to: Address, asked: Pick<Post, "headers" | "body" | "signal">): Promise<Posted> {
  const make = url.protocol === "https:" ? httpsRequest : httpRequest;
  return new Promise((resolve) => {
    const unreachable = (why: string): void => resolve({ kind: "unreachable", why });
    const request = make(
      url,
      {
        method: "POST",
        headers: { ...asked.headers, "content-length": Buffer.byteLength(asked.body) },
        // No pool: a connection that was opened for another client's receiver is nobody's here. TLS still checks the name.
        agent: false,
        lookup: (_, options, done) =>
          options.all === true ? done(null, [{ ...to }]) : done(null, to.address, to.family),
        signal: asked.signal,
        maxHeaderSize: limits.answer,
      },
      (response) => {
        // Redirects are not followed, and what it says is read to a limit and thrown away.
        let size = 0;
        const status = response.statusCode ?? 0;
        const answered = (): void =>
          resolve({ kind: "answered", status, retryAfterMs: seconds(response.headers["retry-after"]) });
        response.on("data", (chunk: Buffer) => {
          size += chunk.length;
          if (size > limits.answer) {
            answered();
            response.destroy();
          }
        });
        response.on("end", answered);
        response.on("error", answered);
      },
    );
    request.on("error", () => unreachable("The receiver did not answer, or not with a certificate of its name."));
    request.end(asked.body);
  });
}

function seconds(header: string | undefined): number | null {
  return header !== undefined && /^\d{1,6}$/.test(header) ? Number(header) * 1000 : null;
}
