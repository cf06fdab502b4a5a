// One request to a receiver that somebody named, to an address of it that was judged (`judgedAddress`).

import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { judgedAddress, onlyTo, type Judged, type Resolve } from "#platform/http";
import { receiverUrl } from "../../addresses.ts";
import { limits } from "../../limits.ts";

export type Posted =
  | { readonly kind: "answered"; readonly status: number; readonly retryAfterMs: number | null }
  /** The receiver may not be asked at all. */
  | { readonly kind: "refused"; readonly why: string }
  | { readonly kind: "unreachable"; readonly why: string };

export interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** For the demo and tests alone. */
  readonly loopback: boolean;
  readonly signal: AbortSignal;
  readonly resolve?: Resolve;
}

export async function post({ url: text, headers, body, signal, ...judging }: Post): Promise<Posted> {
  const ruled = receiverUrl(text, judging.loopback);
  if (ruled.kind === "refused") return ruled;
  const addresses = await judgedAddress(ruled.url, judging);
  if (addresses === "none") return { kind: "unreachable", why: "The receiver's name has no address." };
  if (addresses === "private")
    return { kind: "refused", why: "The receiver's name leads to an address that is private, local or reserved." };
  return send(ruled.url, addresses, { headers, body, signal });
}

function send(url: URL, to: Judged, asked: Pick<Post, "headers" | "body" | "signal">): Promise<Posted> {
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
        lookup: onlyTo(to),
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
