// Probot routes events to their translation, and nothing more: it verifies no signature of ours, opens no port and talks to
// nobody. `receive` runs handlers concurrently and hands them no transaction, so they only say what an event means.

import { randomBytes, randomUUID } from "node:crypto";
import type { Logger } from "pino";
import { Probot } from "probot";
import { z } from "zod";
import { Fault } from "#kernel";
import { type EventName, EVENTS } from "./events/index.ts";
import { IGNORED, type Origin, type Translation } from "./events/translate.ts";

export interface Router {
  /** Total: an event nobody handles is ignored, a payload that does not fit is malformed. */
  meaningOf(event: string, payload: unknown, origin: Origin): Promise<Translation>;
}

type ProbotEvent = Parameters<Probot["receive"]>[0];
/** Probot's type promises a payload GitHub documents; ours is whatever was signed. The handlers parse it again. */
const probotEvent = z.custom<ProbotEvent>(
  (value) => z.object({ id: z.string(), name: z.string(), payload: z.looseObject({}) }).safeParse(value).success,
);

const isHandled = (name: string): name is EventName => Object.hasOwn(EVENTS, name);

export async function createRouter(log: Logger): Promise<Router> {
  const probot = new Probot({
    // Probot demands a credential. This one opens nothing, and its client could not use it: see `request`.
    githubToken: "unused",
    // INVARIANT: never its default, a word everybody knows. Nothing verifies with it; if something did, nothing would match.
    secret: randomBytes(32).toString("hex"),
    log: quiet(log),
    request: { fetch: refuseToTalk },
  });
  await probot.ready();

  const asked = new Map<string, { readonly origin: Origin; answer: Translation }>();
  for (const name of Object.keys(EVENTS).filter(isHandled)) {
    probot.on(name, (context) => {
      const waiting = asked.get(context.id);
      if (waiting !== undefined) waiting.answer = EVENTS[name](context.payload, waiting.origin);
    });
  }

  return {
    async meaningOf(event, payload, origin) {
      if (!isHandled(event)) return IGNORED;
      const id = randomUUID();
      const parsed = probotEvent.safeParse({ id, name: event, payload });
      if (!parsed.success) return { kind: "malformed", why: "unreadable: payload" };
      const waiting = { origin, answer: IGNORED };
      asked.set(id, waiting);
      try {
        await probot.receive(parsed.data);
        return waiting.answer;
      } finally {
        asked.delete(id);
      }
    },
  };
}

/** Probot writes whole payloads at debug level and into errors. Ours says what happened, without them. */
function quiet(log: Logger): Logger {
  const serializers = {
    err: (error: unknown) => ({ message: error instanceof Error ? error.message : "unknown" }),
    event: () => undefined,
  };
  return log.child({ room: "github" }, { level: log.isLevelEnabled("warn") ? "warn" : log.level, serializers });
}

function refuseToTalk(): Promise<never> {
  return Promise.reject(
    new Fault("invariant_broken", "Probot's own client must not be used: take a narrowed one from platform/github."),
  );
}
