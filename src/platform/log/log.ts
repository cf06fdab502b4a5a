import { pino, type Logger } from "pino";
import { createScrubber } from "./scrub.ts";

export type Log = Logger;

export interface LogOptions {
  readonly level: string;
  /** Values of this process that no line may carry. */
  readonly secrets: readonly string[];
  /** Where whole, scrubbed lines go. */
  readonly write?: (line: string) => void;
}

const CAUSES = 5;

/**
 * What of an error is for a log line. Not its other properties: pg hangs the whole client on it, with the key that
 * cancels its queries, and HTTP libraries the request with its headers.
 */
function told(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return error;
  const code = "code" in error ? error.code : undefined;
  return {
    type: error.name,
    message: error.message,
    ...(typeof code === "string" || typeof code === "number" ? { code } : {}),
    stack: error.stack,
    ...(error.cause === undefined || depth >= CAUSES ? {} : { cause: told(error.cause, depth + 1) }),
  };
}

/**
 * Pino formats, the scrubber is the last stage: nothing reaches the stream that has not passed it, not even a line
 * written by a library that was given a child of this logger.
 */
export function createLog(options: LogOptions): Log {
  const scrub = createScrubber(options.secrets);
  const write = options.write ?? ((line: string) => void process.stderr.write(line));
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      serializers: { err: told, error: told },
    },
    { write: (line: string) => write(scrub(line)) },
  );
}
