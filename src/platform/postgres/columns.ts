import { z } from "zod";
import { instantOfMillis, tenantId, type Instant, type TenantId } from "#kernel";

/** A `timestamptz` column. */
export const instantColumn: z.ZodType<Instant> = z.date().transform((at) => instantOfMillis(at.getTime()));

/** A column whose value one of the kernel's brand functions accepts. */
export function branded<In, Out>(raw: z.ZodType<In>, brand: (value: In) => Out | null): z.ZodType<Out> {
  return raw.transform((value, context) => {
    const branded = brand(value);
    if (branded === null) {
      context.addIssue({ code: "custom", message: "not a value of its kind" });
      return z.NEVER;
    }
    return branded;
  });
}

export const tenantIdColumn: z.ZodType<TenantId> = branded(z.string(), tenantId);
