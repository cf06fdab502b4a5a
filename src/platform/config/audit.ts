// The settings of the audit log's outer half: who signs, who watches, who keeps copies.

import { createHash, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { rootCertificates } from "node:tls";
import { parsePolicy, type Policy } from "#verifier";
import { SETTINGS } from "./settings.ts";
import { reader, type Environment, type Reader } from "./reader.ts";
import type { AuditConfig, BrokerConfig, BrokerProcessConfig, InvalidConfig, TimestampConfig } from "./types.ts";
import * as value from "./values.ts";

/** What the smallest `sun_path` among our platforms holds (macOS). Bytes. */
export const LONGEST_SOCKET = 103;

export function readAudit(from: Reader, directory: string): AuditConfig {
  return {
    broker: readBroker(from, directory),
    policy: readPolicy(from),
    anchorGit: from.read("AUDIT_ANCHOR_GIT", value.AUDIT_ANCHOR_GIT),
    anchorDirectory: from.read("AUDIT_ANCHOR_DIR", value.path("AUDIT_ANCHOR_DIR")),
    wormDirectory: from.read("AUDIT_WORM_DIR", value.path("AUDIT_WORM_DIR")),
    timestamps: readTimestamps(from),
  };
}

function readBroker(from: Reader, directory: string): BrokerConfig {
  const socket = from.read("BROKER_SOCKET", value.path("BROKER_SOCKET"));
  const own = from.read("BROKER_DIR", value.path("BROKER_DIR"));
  const origin = from.read("AUDIT_ORIGIN", value.AUDIT_ORIGIN);
  if (socket === null) return { kind: "own", directory: own ?? resolve(directory, "broker"), origin };
  const others = ["BROKER_DIR", "AUDIT_ORIGIN"].filter((name) => from.text(name) !== null);
  if (others.length > 0)
    from.problems.push(
      `BROKER_SOCKET names a broker of your own, so ${others.join(" and ")} belong${others.length === 1 ? "s" : ""} into its environment, not into the server's.`,
    );
  return { kind: "given", socket };
}

function fileOf(from: Reader, name: string): string | null {
  const path = from.read(name, value.path(name));
  if (path === null) return null;
  try {
    return readFileSync(path, "utf8");
  } catch {
    from.problems.push(`${name} names a file that cannot be read (${path}).`);
    return null;
  }
}

function readPolicy(from: Reader): Policy | null {
  const text = fileOf(from, "AUDIT_WITNESSES");
  if (text === null) return null;
  const parsed = parsePolicy((bytes) => createHash("sha256").update(bytes).digest(), text);
  if (parsed.kind === "malformed") {
    from.problems.push(
      `AUDIT_WITNESSES, line ${parsed.line}: ${parsed.why}. The form is c2sp.org/tlog-policy; docs/witnesses.md has an example.`,
    );
    return null;
  }
  const unreachable = parsed.witnesses.filter(({ url }) => url === null || !/^https?:\/\//.test(url));
  if (unreachable.length > 0)
    from.problems.push(
      `AUDIT_WITNESSES gives no web address for ${unreachable.map(({ name }) => name).join(", ")}. A witness line ends with its URL.`,
    );
  return parsed;
}

function readTimestamps(from: Reader): TimestampConfig | null {
  const url = from.read("TSA_URL", value.TSA_URL);
  const pem = fileOf(from, "TSA_CA");
  if (url === null) {
    if (from.text("TSA_CA") !== null && from.text("TSA_URL") === null)
      from.problems.push("TSA_CA is set, but TSA_URL is missing. Set both, or neither for no timestamps.");
    return null;
  }
  const blocks =
    pem === null ? rootCertificates : (pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []);
  try {
    const trusted = blocks.map((block) => new Uint8Array(new X509Certificate(block).raw));
    if (trusted.length > 0) return { url, trusted };
  } catch {
    // Said below.
  }
  from.problems.push("TSA_CA holds no certificate. Give the PEM file with the authority's root certificate.");
  return null;
}

/** For commands that ask the broker of a server, running or not; of the demo, unless a broker is named. */
export function readBrokerPlace(env: Environment, kind: "live" | "demo"): BrokerConfig | InvalidConfig {
  const from = reader(env);
  const dataDir = from.read("DATA_DIR", value.DATA_DIR) ?? ".data";
  const broker = readBroker(from, join(dataDir, kind));
  return from.problems.length > 0 ? { kind: "invalid", problems: from.problems } : broker;
}

/** For `countersign broker`, which gets an environment of its own. */
export function readBrokerConfig(env: Environment): BrokerProcessConfig | InvalidConfig {
  const from = reader(env);
  const dataDir = from.read("DATA_DIR", value.DATA_DIR) ?? ".data";
  const directory = from.read("BROKER_DIR", value.path("BROKER_DIR")) ?? resolve(dataDir, "live", "broker");
  const socket = from.read("BROKER_SOCKET", value.path("BROKER_SOCKET")) ?? join(directory, "broker.sock");
  const origin = from.read("AUDIT_ORIGIN", value.AUDIT_ORIGIN);
  const logLevel = from.read("LOG_LEVEL", value.LOG_LEVEL) ?? "info";
  // INVARIANT: whoever breaks into the broker finds the key and nothing else, and the database's host never meets the key.
  const foreign = SETTINGS.filter(({ secret, name }) => secret && from.text(name) !== null).map(({ name }) => name);
  if (foreign.length > 0)
    from.problems.push(
      `The broker must not hold other secrets, and its environment has ${foreign.join(", ")}. Start it with an environment of its own.`,
    );
  if (Buffer.byteLength(socket) > LONGEST_SOCKET)
    from.problems.push(
      `A Unix socket's path has at most ${LONGEST_SOCKET} bytes, and ${socket} is longer. Set BROKER_SOCKET to a shorter one.`,
    );
  if (from.problems.length > 0) return { kind: "invalid", problems: from.problems };
  return { kind: "broker", directory, socket, origin, logLevel };
}
