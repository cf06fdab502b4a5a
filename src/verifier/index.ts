export { canonical, canonicalBytes, isCanonical, MAX_DEPTH, NotCanonical } from "./canonical.ts";
