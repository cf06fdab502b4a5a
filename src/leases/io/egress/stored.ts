// The one redirect that is followed: from GitHub's API to where it keeps a log. The address is good for whoever has it, so it is used here,
// in the process that has the credentials anyway, and no execution ever sees it.

import { request as overHttp, type IncomingMessage } from "node:http";
import { request as overHttps } from "node:https";
import { judgedAddress, onlyTo, type Resolve } from "#platform/http";

export interface OpenStored {
  /** GitHub itself is on this machine: then http on it will do. */
  readonly loopback: boolean;
  readonly idleMs: number;
  readonly headerBytes: number;
  /** Aborts with the lease, at the latest. */
  readonly over: AbortSignal;
  readonly resolve?: Resolve;
}

const LONGEST = 8192;

/**
 * INVARIANT: https, to an address on the public internet, once: a second redirect is none. Nothing of the lease, and no header of the
 * execution's, goes there. null: it is not to be had.
 */
export async function openStored(
  location: string,
  { idleMs, headerBytes, over, ...judging }: OpenStored,
): Promise<IncomingMessage | null> {
  const url = location.length <= LONGEST && URL.canParse(location) ? new URL(location) : null;
  if (url === null || url.username !== "" || url.password !== "") return null;
  if (url.protocol !== "https:" && !(judging.loopback && url.protocol === "http:")) return null;
  const to = await judgedAddress(url, judging);
  if (typeof to === "string") return null;
  return new Promise((resolve) => {
    const asked = (url.protocol === "https:" ? overHttps : overHttp)(
      url,
      {
        headers: { accept: "*/*", "accept-encoding": "identity", "user-agent": "countersign" },
        // No pool: this host is nobody's next time.
        agent: false,
        lookup: onlyTo(to),
        signal: over,
        timeout: idleMs,
        maxHeaderSize: headerBytes,
      },
      (answer) => {
        if (answer.statusCode === 200) return resolve(answer);
        answer.destroy();
        resolve(null);
      },
    );
    asked.once("error", () => resolve(null));
    asked.once("timeout", () => asked.destroy(new Error("no answer in time")));
    asked.end();
  });
}
