export { SUSPECTED_FROM } from "./limits.ts";
export { ORIGINS, type Found, type Origin, type Scores, type Screened, type Screening, type Span } from "./types.ts";
