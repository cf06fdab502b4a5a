// A client's credentials as a file, `clients/<prefix>/.env`: comments and lines NAME=enc:v1:<key id>:<base64url>. Stricter than what
// other programs take for such a file: there is one spelling, nothing is expanded, and a value in plain text refuses all of it.

/** Of a sealed value, without its tenant's prefix: DATABASE_URL. */
const NAME = /^[A-Z][A-Z0-9_]{0,62}$/;
const LINE =
  /^([A-Z][A-Z0-9_]*)=enc:v1:([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}):([A-Za-z0-9_-]{1,65536})$/;

export interface SealedValue {
  /** The id of the data key that opens it. */
  readonly keyId: string;
  /** Nonce, ciphertext and tag, in base64url. */
  readonly sealed: string;
}

/** By name, in the order of the file. */
export type SealedEnv = ReadonlyMap<string, SealedValue>;

export type EnvAnswer =
  | { readonly kind: "env"; readonly values: SealedEnv }
  | { readonly kind: "refused"; readonly problems: readonly string[] };

export const isSecretName = (name: string): boolean => NAME.test(name);

/** ACME_DATABASE_URL. A prefix has no underscore, so that no name of one tenant is a name of another. */
export const variableOf = (prefix: string, name: string): string => `${prefix.toUpperCase()}_${name}`;

/** Problems name lines, never what stands in them: it may be a secret in plain text. */
export function parseEnvFile(prefix: string, text: string): EnvAnswer {
  const problems: string[] = [];
  const values = new Map<string, SealedValue>();
  const own = variableOf(prefix, "");
  for (const [at, line] of text.split("\n").entries()) {
    if (line === "" || line.startsWith("#")) continue;
    const [, variable = "", keyId = "", sealed = ""] = LINE.exec(line) ?? [];
    const name = variable.slice(own.length);
    if (variable === "")
      problems.push(
        `Line ${at + 1} holds something that is not sealed. Take it out of the file and seal it: countersign secret set ${prefix} NAME. A value that stood there in plain text should be changed where it comes from.`,
      );
    else if (!variable.startsWith(own) || !isSecretName(name))
      problems.push(`Line ${at + 1} holds a name that does not begin with ${own}: it is another client's.`);
    else if (values.has(name)) problems.push(`${variable} is there twice, the second time in line ${at + 1}.`);
    else values.set(name, { keyId, sealed });
  }
  return problems.length > 0 ? { kind: "refused", problems } : { kind: "env", values };
}

export function formatEnvFile(prefix: string, values: SealedEnv): string {
  const lines = [...values].map(([name, { keyId, sealed }]) => `${variableOf(prefix, name)}=enc:v1:${keyId}:${sealed}`);
  return `# Sealed credentials of ${prefix}. Written by: countersign secret set ${prefix} NAME\n${lines.map((line) => `${line}\n`).join("")}`;
}
