import { describe, expect, it } from "vitest";
import { targetOf } from "../../../src/sqlguard/io/mysql/url.ts";

const tlsOf = (url: string): unknown => {
  const target = targetOf(url);
  return typeof target === "string" ? target : target.tls;
};

describe("G6: where a connection goes, and how it is protected", () => {
  it.each([
    [
      "another host: signed, and for this name",
      "mysql://a:b@db.acme.example/shop",
      { rejectUnauthorized: true, verifyIdentity: true },
    ],
    [
      "the same, said",
      "mysql://a:b@db.acme.example/shop?ssl-mode=verify_identity",
      { rejectUnauthorized: true, verifyIdentity: true },
    ],
    [
      "a certificate of anybody, when the URL says so",
      "mysql://a:b@db.acme.example/shop?ssl-mode=REQUIRED",
      { rejectUnauthorized: false, verifyIdentity: false },
    ],
    ["none at all, when the URL says so", "mysql://a:b@db.acme.example/shop?ssl-mode=DISABLED", null],
    ["this machine", "mariadb://a:b@127.0.0.1:3307/shop", null],
    [
      "a name that only begins like this machine",
      "mysql://a:b@127.0.0.1.evil.example/shop",
      { rejectUnauthorized: true, verifyIdentity: true },
    ],
    [
      "a host that looks like a socket is no socket",
      "mysql://a:b@%2Frun%2Fmysqld.sock/shop",
      { rejectUnauthorized: true, verifyIdentity: true },
    ],
  ])("%s", (_sentence, url, tls) => {
    expect(tlsOf(url)).toEqual(tls);
  });

  it.each([
    "multipleStatements=true",
    "flags=MULTI_STATEMENTS",
    "socketPath=/run/mysqld.sock",
    "ssl=false",
    "ssl-mode=PREFERRED",
    "host=evil.example",
    "infileStreamFactory=x",
  ])("an option of the driver's is refused: %s", (option) => {
    expect(targetOf(`mysql://a:b@127.0.0.1/shop?${option}`)).toContain("ssl-mode");
  });
});
