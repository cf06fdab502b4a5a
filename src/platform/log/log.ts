import { pino, type Logger } from "pino";
import { createScrubber } from "./scrub.ts";
import { told } from "./told.ts";

export type Log = Logger;

export interface LogOptions {
  readonly level: string;
  /** Values of this process that no line may carry. */
  readonly secrets: readonly string[];
  /** Where whole, scrubbed lines go. */
  readonly write?: (line: string) => void;
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
