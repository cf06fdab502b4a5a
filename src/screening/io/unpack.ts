import { unzipSync } from "node:zlib";
import type { Unpack } from "../injection/layers.ts";

const PACKED = /^(?:\u001f\u008b|x[\u0001\u005e\u009c\u00da])/;

/** gzip and zlib. */
export const unpack: Unpack = (bytes, most) => {
  // oxlint-disable-next-line no-control-regex -- the first bytes of what is compressed
  if (!PACKED.test(bytes)) return bytes;
  try {
    return unzipSync(Buffer.from(bytes, "latin1"), { maxOutputLength: most }).toString("latin1");
  } catch (error) {
    return error instanceof RangeError ? "x".repeat(most + 1) : bytes;
  }
};
