// What must not get into git, where it would stay after the client is gone: a client's folder, and anything that looks like a credential.

import { basename } from "node:path";
import { createScrubber } from "#platform/log";

export const MOST_BYTES = 4 * 1024 * 1024;

/** Clients' folders are ignored as a whole, so that offboarding leaves nothing in any history. */
export const isOfAClient = (path: string): boolean => /^clients\/(?!example\/)/.test(path);

const scrub = createScrubber([]);
/** Begins with what looks like a key and is none: what everybody may see. */
const PUBLIC = /-----(?:BEGIN|END) (?:CERTIFICATE|(?:RSA |EC )?PUBLIC KEY|(?:PGP|SSH) SIGNATURE|PGP PUBLIC KEY BLOCK)/;
const VARIABLE = /^(?:export\s+)?[A-Za-z_][A-Za-z0-9_]*\s*=\s*(?<value>\S.*)$/;
const SEALED = /^[A-Z][A-Z0-9_]*=enc:v1:/;
/** Names of files with settings of the environment; the ones that only show what could be set are others. */
const isEnvironment = (path: string): boolean =>
  /^\.env(?:\..+)?$/.test(basename(path)) && !/\.(?:example|sample|template|dist)$/.test(path);

/**
 * Lines, numbered from 1, that should not be in a repository. In a file of the environment, or in any file with a sealed value, every
 * value has to be sealed: half a sealed file is a plain one (P17).
 */
export function suspiciousLines(
  path: string,
  text: string,
): readonly { readonly line: number; readonly why: string }[] {
  const lines = text.split(/\r?\n/);
  const sealedOnly = isEnvironment(path) || lines.some((line) => SEALED.test(line));
  return lines.flatMap((line, at) => {
    if (scrub(line) !== line && !PUBLIC.test(line)) return [{ line: at + 1, why: "this looks like a credential" }];
    if (sealedOnly && VARIABLE.test(line) && !SEALED.test(line))
      return [{ line: at + 1, why: "a value in plain text stands where values are sealed" }];
    return [];
  });
}
