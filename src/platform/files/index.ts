export { isMissing, makeFile, replaceFile, shredFile } from "./durable-file.ts";
