export { SECRET_FROM, SUSPECTED_CONFIDENCE, SUSPECTED_FROM } from "./limits.ts";
export { raise, type Direction } from "./raise.ts";
export { ORIGINS, type Found, type Origin, type Scores, type Screened, type Screening, type Span } from "./types.ts";
