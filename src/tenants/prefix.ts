/** `^[a-z][a-z0-9]{1,15}$`: never normalised. What does not match as it stands is refused, so no two spellings meet. */
const GRAMMAR = /^[a-z][a-z0-9]{1,15}$/;

/**
 * Names that are an environment family (NODE_OPTIONS, LD_PRELOAD, GIT_SSH), a device of an operating system, or ours: as a
 * prefix they would let a tenant's setting configure the process. The same list stands in migrations/0001_platform.sql.
 */
export const RESERVED_PREFIXES: ReadonlySet<string> = new Set([
  "aux",
  "aws",
  "azure",
  "bash",
  "com1",
  "com2",
  "con",
  "copyfile",
  "countersign",
  "database",
  "dotenv",
  "dyld",
  "example",
  "gcp",
  "git",
  "github",
  "glibc",
  "google",
  "gpg",
  "http",
  "https",
  "ifs",
  "kube",
  "lc",
  "ld",
  "locale",
  "lpt1",
  "lpt2",
  "malloc",
  "node",
  "npm",
  "nul",
  "openssl",
  "path",
  "perl",
  "pg",
  "prn",
  "python",
  "ruby",
  "shell",
  "ssh",
  "ssl",
  "sudo",
  "term",
  "tmp",
  "tz",
  "uv",
  "vault",
  "xdg",
]);

/** The same grammar stands in migrations/0001_platform.sql. */
const REGION = /^[a-z0-9][a-z0-9-]{0,31}$/;
export const isRegion = (text: string): boolean => REGION.test(text);

export type PrefixAnswer =
  | { readonly kind: "prefix"; readonly prefix: string }
  | { readonly kind: "refused"; readonly why: string };

export function checkPrefix(text: string): PrefixAnswer {
  if (!GRAMMAR.test(text)) {
    return {
      kind: "refused",
      why: "A prefix is 2 to 16 characters, a to z and 0 to 9, beginning with a letter; no upper case, no underscore.",
    };
  }
  if (RESERVED_PREFIXES.has(text))
    return {
      kind: "refused",
      why: `The prefix ${text} is reserved: ${text.toUpperCase()}_... names settings of the system.`,
    };
  return { kind: "prefix", prefix: text };
}
