// How rows of the log's tables come and go: bytes, arrays of bytes, hashes side by side.

import { z } from "zod";
import { branded } from "#platform/postgres";
import { entryId } from "#kernel";
import { concat, type Hash } from "#verifier";

export const bytesColumn = z.instanceof(Uint8Array);
export const entryIdColumn = branded(z.string(), entryId);
export const buffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
export const buffers = (hashes: readonly Hash[]): Buffer[] => hashes.map(buffer);
export const sideBySide = (hashes: readonly Hash[]): Buffer => buffer(concat(...hashes));
