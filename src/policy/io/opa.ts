// Open Policy Agent, or what speaks its data API, over HTTP: POST with {"input": ...}, the answer in "result".

import { parseFacts } from "../facts.ts";
import { BASELINE } from "../baseline.ts";
import { LIMITS } from "../limits.ts";
import { UNKNOWN_SET, verdictOfOpa } from "../opa.ts";
import { questionOf } from "../request.ts";
import { failed, type Engine, type Verdict } from "../verdict.ts";

export interface OpaOptions {
  /** The document of the decision: https://opa.example.com/v1/data/countersign/decision */
  readonly url: URL;
  readonly timeoutMs: number;
  /** Monotonic. */
  readonly clock?: () => number;
}

/** A server that is late is not asked for so long: who waits for it holds a connection to the database. */
const RESTS_MS = 2_000;

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** Where it may be, or what is wrong. INVARIANT: whoever could change the answer on its way would decide instead. */
export function opaUrl(text: string): URL | string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:"))
    return "The policy server's address is a URL such as https://opa.example.com/v1/data/countersign/decision.";
  if (url.username !== "" || url.password !== "") return "The policy server's URL holds no name and no password.";
  if (url.protocol === "http:" && !LOOPBACK.test(url.hostname))
    return "A policy server on another machine is asked over https.";
  return url;
}

/** Answers RED for everything that is not the agreed answer within the time: undefined, refused, late, too long. */
export function opaEngine({ url, timeoutMs, clock = () => performance.now() }: OpaOptions): Engine {
  let restsUntil = Number.NEGATIVE_INFINITY;
  return {
    set: UNKNOWN_SET,
    decide: async (document) => {
      const read = parseFacts(document);
      if (read.kind === "unusable") return failed(UNKNOWN_SET, ...read.problems);
      if (clock() < restsUntil) return failed(UNKNOWN_SET, `The policy server did not answer a moment ago. ${AGAIN}`);
      try {
        return await ask(url, timeoutMs, JSON.stringify({ input: questionOf(read.facts) }));
      } catch (error) {
        const late = error instanceof Error && error.name === "TimeoutError";
        if (late) restsUntil = clock() + RESTS_MS;
        return failed(
          UNKNOWN_SET,
          late
            ? `The policy server did not answer within ${timeoutMs} ms. ${AGAIN}`
            : `The policy server could not be asked. ${AGAIN}`,
        );
      }
    },
  };
}

/** Whether it answers as it should, about a read that harms nobody. Empty: it does, whatever its answer is. */
export const askedOpa = async (url: URL): Promise<readonly string[]> =>
  (await opaEngine({ url, timeoutMs: OPA_TIMEOUT_MS }).decide(BASELINE)).errors;

/** A call's agent waits for it, with a connection to the database. */
export const OPA_TIMEOUT_MS = 500;

const AGAIN = "Nothing is allowed without its answer: ask again in a few seconds, or have a person look at it.";

async function ask(url: URL, timeoutMs: number, body: string): Promise<Verdict> {
  const asked = new URL(url);
  asked.searchParams.set("provenance", "true");
  const response = await fetch(asked, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body,
    // A redirect would send the facts, and trust the answer, elsewhere.
    redirect: "error",
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (!response.ok) {
    await response.body?.cancel();
    return failed(UNKNOWN_SET, `The policy server answered ${response.status}.`);
  }
  const text = await limited(response);
  if (text === null)
    return failed(UNKNOWN_SET, `The policy server's answer is longer than ${LIMITS.answer / 1024} KB.`);
  try {
    const json: unknown = JSON.parse(text);
    return verdictOfOpa(json);
  } catch {
    return failed(UNKNOWN_SET, "The policy server's answer is no JSON.");
  }
}

async function limited(response: Response): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const body: AsyncIterable<Uint8Array> | readonly Uint8Array[] = response.body ?? [];
  for await (const chunk of body) {
    size += chunk.length;
    if (size > LIMITS.answer) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
