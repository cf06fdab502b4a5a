export { ORIGINS, type Found, type Origin, type Scores, type Screened, type Screening, type Span } from "./types.ts";
