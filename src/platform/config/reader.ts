import type { z } from "zod";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Collects every problem instead of stopping at the first. Empty values count as absent. */
export function reader(env: Environment) {
  const problems: string[] = [];
  const text = (name: string): string | null => {
    const raw = env[name];
    return raw === undefined || raw.trim() === "" ? null : raw;
  };
  const parse = <T>(schema: z.ZodType<T>, raw: string): T | null => {
    const parsed = schema.safeParse(raw);
    if (parsed.success) return parsed.data;
    problems.push(...parsed.error.issues.map((issue) => issue.message));
    return null;
  };
  const read = <T>(name: string, schema: z.ZodType<T>): T | null => {
    const raw = text(name);
    return raw === null ? null : parse(schema, raw);
  };
  return { problems, text, parse, read };
}
export type Reader = ReturnType<typeof reader>;
