// Where tenants' keys live: a directory, a Vault, an HSM, or AWS.

import { statSync } from "node:fs";
import { join } from "node:path";
import type { Reader } from "./reader.ts";
import type { KeyStoreConfig, VaultLoginConfig } from "./types.ts";
import * as value from "./values.ts";

/** null: said in `problems`. */
export function readKeyStore(from: Reader, directory: string): KeyStoreConfig | null {
  const kind = from.read("KMS", value.KMS) ?? "file";
  if (kind === "file") {
    const named = from.read("KEYS_DIR", value.path("KEYS_DIR"));
    return {
      kind,
      directory: named ?? (from.text("NODE_ENV") === "production" ? null : join(directory, "keys")),
    };
  }
  if (from.text("KEYS_DIR") !== null)
    from.problems.push(
      `KMS is ${kind}, but KEYS_DIR is set, too. Keys live in one place: remove KEYS_DIR (in the container image, which sets it: make it empty), or set KMS=file.`,
    );
  switch (kind) {
    case "vault":
      return readVault(from);
    case "pkcs11":
      return readPkcs11(from);
    case "aws":
      return readAws(from);
  }
}

/** Who asks is found by the AWS SDK: a role of the machine or the pod before anything else. */
function readAws(from: Reader): KeyStoreConfig | null {
  const region = from.read("AWS_REGION", value.AWS_REGION);
  const endpoint = from.read("AWS_KMS_ENDPOINT", value.AWS_KMS_ENDPOINT);
  if (from.text("AWS_REGION") === null)
    from.problems.push("KMS is aws, but AWS_REGION is missing: where the keys are, eu-central-1 for example.");
  return region === null ? null : { kind: "aws", region, endpoint };
}

/** The PIN is read from a file when the HSM is asked for the first time: never from the environment. */
function readPkcs11(from: Reader): KeyStoreConfig | null {
  const module = from.read("PKCS11_MODULE", value.path("PKCS11_MODULE"));
  const slot = from.read("PKCS11_SLOT", value.PKCS11_SLOT);
  const label = from.read("PKCS11_LABEL", value.PKCS11_LABEL);
  const pinFile = secretFile(from, "PKCS11_PIN_FILE");
  if (from.text("PKCS11_MODULE") === null)
    from.problems.push("KMS is pkcs11, but PKCS11_MODULE is missing: the path of your HSM's PKCS#11 library.");
  if ((from.text("PKCS11_SLOT") === null) === (from.text("PKCS11_LABEL") === null))
    from.problems.push("KMS is pkcs11: set PKCS11_LABEL, the token's label, or PKCS11_SLOT, its slot, and not both.");
  if (from.text("PKCS11_PIN_FILE") === null)
    from.problems.push(
      from.text("PKCS11_PIN") === null
        ? "KMS is pkcs11, but PKCS11_PIN_FILE is missing: a file for this user alone with the token's user PIN."
        : "PKCS11_PIN is not read here: who may look at this process sees its environment. Write the PIN into a file for this user alone, and set PKCS11_PIN_FILE.",
    );
  if (module === null || pinFile === null) return null;
  const token =
    label !== null ? ({ kind: "label", label } as const) : slot !== null ? ({ kind: "slot", slot } as const) : null;
  return token === null ? null : { kind: "pkcs11", module, token, pinFile };
}

function readVault(from: Reader): KeyStoreConfig | null {
  const kind = "vault";
  const address = from.read("VAULT_ADDR", value.VAULT_ADDR);
  if (from.text("VAULT_ADDR") === null)
    from.problems.push(
      "KMS is vault, but VAULT_ADDR is missing. Set it to Vault's address, such as https://vault.example.com:8200.",
    );
  const transitMount = from.read("VAULT_TRANSIT_MOUNT", value.vaultMount("VAULT_TRANSIT_MOUNT")) ?? "transit";
  const namespace = from.read("VAULT_NAMESPACE", value.vaultMount("VAULT_NAMESPACE"));
  const login = readLogin(from);
  return address === null || login === null ? null : { kind, address, namespace, transitMount, login };
}

function readLogin(from: Reader): VaultLoginConfig | null {
  const mount = from.read("VAULT_APPROLE_MOUNT", value.vaultMount("VAULT_APPROLE_MOUNT")) ?? "approle";
  const tokenFile = secretFile(from, "VAULT_TOKEN_FILE");
  const roleId = from.read("VAULT_ROLE_ID", value.VAULT_ROLE_ID);
  const secretIdFile = secretFile(from, "VAULT_SECRET_ID_FILE");
  const role = ["VAULT_ROLE_ID", "VAULT_SECRET_ID_FILE"];
  const given = role.filter((name) => from.text(name) !== null);
  if (from.text("VAULT_TOKEN_FILE") !== null) {
    if (given.length > 0)
      from.problems.push(
        `Both VAULT_TOKEN_FILE and ${given.join(" and ")} are set. Keep the file, or the AppRole, so that it is clear who asks.`,
      );
    return tokenFile === null ? null : { kind: "token_file", path: tokenFile };
  }
  if (given.length === 0)
    from.problems.push(
      from.text("VAULT_TOKEN") === null
        ? "KMS is vault, but nothing says who asks. Set VAULT_TOKEN_FILE, or VAULT_ROLE_ID and VAULT_SECRET_ID_FILE."
        : "VAULT_TOKEN is not read here: who may look at this process sees its environment. Write the token into a file for this user alone, and set VAULT_TOKEN_FILE.",
    );
  else if (given.length < role.length)
    from.problems.push(
      `The AppRole's settings are incomplete: ${role.filter((name) => !given.includes(name)).join(" and ")} missing.`,
    );
  return roleId === null || secretIdFile === null ? null : { kind: "app_role", mount, roleId, secretIdFile };
}

/** Its content is read when it is needed: Vault's agent replaces it. */
function secretFile(from: Reader, name: string): string | null {
  const path = from.read(name, value.path(name));
  if (path === null) return null;
  try {
    const found = statSync(path);
    if (!found.isFile()) from.problems.push(`${name} names something that is no file (${path}).`);
    else if (process.platform !== "win32" && (found.mode & 0o007) !== 0)
      from.problems.push(`Everybody on this machine may read or write the file in ${name}. Run: chmod o= ${path}`);
    else return path;
  } catch {
    from.problems.push(`${name} names a file that cannot be read (${path}).`);
  }
  return null;
}
