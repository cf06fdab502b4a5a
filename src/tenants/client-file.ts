// A client's own settings, clients/<prefix>/client.yml, read strictly: a mask with a spelling mistake would hide nothing.

import { LineCounter, parseDocument } from "yaml";
import { z } from "zod";

export interface MaskedColumn {
  readonly schema: string;
  readonly table: string;
  /** null: all of them. */
  readonly column: string | null;
}

export interface ListedFunction {
  readonly schema: string;
  readonly name: string;
  /** Hex, of the definition that was reviewed. */
  readonly sha256: string;
  readonly reason: string;
}

export interface ClientFile {
  readonly masks: readonly MaskedColumn[];
  readonly functions: readonly ListedFunction[];
}

export type ClientFileResult =
  | { readonly kind: "file"; readonly file: ClientFile }
  /** Every problem, each with what to write. */
  | { readonly kind: "refused"; readonly problems: readonly string[] };

const EMPTY: ClientFile = { masks: [], functions: [] };
const PART = String.raw`(?:[a-z_][a-z0-9_$]{0,62}|"[^"\u0000-\u001f]{1,63}")`;
const MASK = new RegExp(`^(${PART})\\.(${PART})\\.(\\*|${PART})$`);
const FUNCTION = new RegExp(`^(${PART})\\.(${PART})$`);
const bare = (part: string): string => (part.startsWith('"') ? part.slice(1, -1) : part);

const mask = z
  .string()
  .regex(
    MASK,
    'write schema.table.column, or schema.table.* for all of them; capitals in quotes: shop."Customer".email',
  )
  .transform((written): MaskedColumn => {
    const [, schema = "", table = "", column = ""] = MASK.exec(written) ?? [];
    return { schema: bare(schema), table: bare(table), column: column === "*" ? null : bare(column) };
  });

const listed = z
  .strictObject({
    function: z.string().regex(FUNCTION, "write schema.name, without arguments: every overload of it needs an entry"),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, "write the 64 hex digits that the refusal, or countersign sql doctor, shows"),
    reason: z.string().min(10, "write in a sentence why an agent may call it").max(1000),
  })
  .transform(({ function: written, sha256, reason }): ListedFunction => {
    const [, schema = "", name = ""] = FUNCTION.exec(written) ?? [];
    return { schema: bare(schema), name: bare(name), sha256, reason };
  });

const sql = z.strictObject({
  mask: z.array(mask).max(1000).optional(),
  allow_functions: z.array(listed).max(200).optional(),
});

/** What the registry wrote there when the client was onboarded is the operator's to read; nobody goes by it. */
const file = z.strictObject({
  prefix: z.string().optional(),
  id: z.string().optional(),
  region: z.string().optional(),
  slot: z.int().optional(),
  since: z.string().optional(),
  contacts: z.unknown().optional(),
  notes: z.unknown().optional(),
  sql: sql.optional(),
});

const KNOWN = "prefix, id, region, slot, since, contacts, notes, sql (with mask and allow_functions)";

/** null: there is no file, so nothing is asked for. */
export function parseClientFile(text: string | null): ClientFileResult {
  if (text === null) return { kind: "file", file: EMPTY };
  const lines = new LineCounter();
  const refused = (...problems: readonly string[]): ClientFileResult => ({ kind: "refused", problems });
  // Some editors end a line so; a comment would then reach to the end of the file.
  if (/\r(?!\n)/.test(text)) return refused("client.yml: a carriage return stands alone. End lines with LF or CR LF.");
  try {
    const document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      stringKeys: true,
      // Plain maps, lists and values alone: a set (!!set) under "sql" would be an object in which nothing is listed.
      schema: "core",
      resolveKnownTags: false,
      logLevel: "error",
    });
    const broken = [...document.errors, ...document.warnings];
    if (broken.length > 0)
      return refused(
        ...broken.map((e) => `client.yml, line ${lines.linePos(e.pos[0]).line}: it is no YAML: ${e.message}`),
      );
    // No alias is needed in such a file, and a few of them can stand for gigabytes.
    const value: unknown = document.toJS({ maxAliasCount: 0 });
    const read = file.safeParse(value ?? {});
    if (read.success)
      return {
        kind: "file",
        file: { masks: read.data.sql?.mask ?? [], functions: read.data.sql?.allow_functions ?? [] },
      };
    return refused(...read.error.issues.map(problemOf));
  } catch {
    return refused("client.yml is no readable YAML: it is nested too deeply, or has aliases. Write the values out.");
  }
}

function problemOf(issue: z.core.$ZodIssue): string {
  const path = issue.path.map(String).join(".");
  if (issue.code === "unrecognized_keys")
    return `client.yml: ${issue.keys.map((key) => JSON.stringify(path === "" ? key : `${path}.${key}`)).join(", ")} is no setting. There are: ${KNOWN}. Put what is for people under notes.`;
  return `client.yml: "${path === "" ? "the file" : path}": ${issue.message}.`;
}
