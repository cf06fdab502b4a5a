// A timestamp authority of the tests' own, made with `openssl ts`: what answers is not what asks.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

const CONFIG = `
[ca]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign
[tsa]
extendedKeyUsage = critical,timeStamping
keyUsage = critical,digitalSignature
[web]
extendedKeyUsage = critical,serverAuth
[authority]
serial = SERIAL
crypto_device = builtin
default_policy = 1.2.3.4.1
digests = sha256
signer_digest = sha256
accuracy = secs:1
ess_cert_id_chain = no
ess_cert_id_alg = sha256
`;

export interface TimestampAuthority {
  readonly directory: string;
  /** DER of the root. */
  readonly root: Uint8Array;
  readonly rootFile: string;
  /** A reply (DER) to a request (DER). */
  reply(request: Uint8Array): Uint8Array;
  /** The TSTInfo in a token, and a token of this authority's key over such bytes: CMS without the checks of `openssl ts`. */
  contentOf(token: Uint8Array): Uint8Array;
  signs(content: Uint8Array): Uint8Array;
  /** Whether `openssl ts -verify` takes the token for these bytes. */
  verifies(token: Uint8Array, data: Uint8Array): boolean;
}

const directories: string[] = [];
afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

/** `days`: how long the authority's certificate is good for. `purpose` "web" makes one that must not stamp. */
export function timestampAuthority(days = 30, purpose: "tsa" | "web" = "tsa"): TimestampAuthority {
  const directory = mkdtempSync(join(tmpdir(), "countersign-tsa-"));
  directories.push(directory);
  const at = (name: string): string => join(directory, name);
  const openssl = (...args: readonly string[]): Buffer =>
    execFileSync("openssl", args, { cwd: directory, stdio: ["ignore", "pipe", "pipe"] });
  writeFileSync(at("openssl.cnf"), CONFIG.replace("SERIAL", at("serial")));
  writeFileSync(at("serial"), "01\n");
  const ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl("req", "-x509", ...ec, "-keyout", "ca.key", "-out", "ca.pem", "-days", "3650", "-subj", "/CN=Test root", "-config", "/dev/null", "-addext", "basicConstraints=critical,CA:true", "-addext", "keyUsage=critical,keyCertSign"); // prettier-ignore
  openssl("req", ...ec, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=Test timestamp authority", "-config", "/dev/null"); // prettier-ignore
  openssl("x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", "tsa.pem", "-days", String(days), "-extfile", "openssl.cnf", "-extensions", purpose); // prettier-ignore
  return {
    directory,
    root: openssl("x509", "-in", "ca.pem", "-outform", "DER"),
    rootFile: at("ca.pem"),
    reply(request) {
      writeFileSync(at("request.tsq"), request);
      openssl("ts", "-reply", "-config", "openssl.cnf", "-section", "authority", "-queryfile", "request.tsq", "-signer", "tsa.pem", "-inkey", "tsa.key", "-chain", "tsa.pem", "-out", "reply.tsr"); // prettier-ignore
      return readFileSync(at("reply.tsr"));
    },
    contentOf(token) {
      writeFileSync(at("token.der"), token);
      return openssl("cms", "-verify", "-noverify", "-inform", "DER", "-in", "token.der");
    },
    signs(content) {
      writeFileSync(at("content.der"), content);
      return openssl("cms", "-sign", "-binary", "-nodetach", "-econtent_type", "1.2.840.113549.1.9.16.1.4", "-in", "content.der", "-signer", "tsa.pem", "-inkey", "tsa.key", "-outform", "DER"); // prettier-ignore
    },
    verifies(token, data) {
      writeFileSync(at("token.der"), token);
      writeFileSync(at("data"), data);
      try {
        openssl("ts", "-verify", "-data", "data", "-in", "token.der", "-token_in", "-CAfile", "ca.pem");
        return true;
      } catch {
        return false;
      }
    },
  };
}
