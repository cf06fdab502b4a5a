export { createLog, type Log, type LogOptions } from "./log.ts";
export { createScrubber, SCRUBBED } from "./scrub.ts";
export { toldAsText } from "./told.ts";
