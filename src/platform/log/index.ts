export { createLog, type Log, type LogOptions } from "./log.ts";
export { createScrubber, SCRUBBED, secretShapes, type SecretShape } from "./scrub.ts";
export { toldAsText } from "./told.ts";
