// What a tree may be made of. Whatever a shape does not name is refused: an unknown tag, an unknown field, a value of another kind.

/** What both trees have to say alike. */
export interface Seen {
  /** Marks: of the schema, where one was written, and of the relation. */
  readonly relations: { readonly schema: string | null; readonly name: string }[];
  readonly functions: string[];
  /** The first part that did not fit. */
  stuck: { readonly field: string; readonly value: unknown } | null;
}

export const nobody = (): Seen => ({ relations: [], functions: [], stuck: null });

/** Whether the value is as it must be. Total: it never throws but for a tree that is too deep for the stack. */
export type Shape = (value: unknown, seen: Seen) => boolean;

type Fields = Readonly<Record<string, unknown>>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const text: Shape = (value) => typeof value === "string";
export const number: Shape = (value) => typeof value === "number";
export const flag: Shape = (value) => typeof value === "boolean";
export const nothing: Shape = (value) => value === null || value === undefined;

export const word = (words: string): Shape => {
  const allowed = new Set(words.split("|"));
  return (value) => typeof value === "string" && allowed.has(value);
};

export const either =
  (...shapes: readonly Shape[]): Shape =>
  (value, seen) =>
    shapes.some((shape) => {
      const before = [seen.relations.length, seen.functions.length] as const;
      if (shape(value, seen)) {
        seen.stuck = null;
        return true;
      }
      // What a shape saw that does not fit, nobody saw.
      [seen.relations.length, seen.functions.length] = before;
      return false;
    });

export const maybe = (shape: Shape): Shape => either(nothing, shape);

export const list =
  (shape: Shape): Shape =>
  (value, seen) =>
    Array.isArray(value) && value.every((each: unknown) => shape(each, seen));

export const empty: Shape = (value) => Array.isArray(value) && value.length === 0;

/** These fields and no others; which of them must be there is the parser's business. */
export const fields =
  (shapes: Readonly<Record<string, Shape>>, note?: (value: Fields, seen: Seen) => void): Shape =>
  (value, seen) => {
    if (!isFields(value)) return false;
    note?.(value, seen);
    return Object.entries(value).every(([field, each]) => {
      const fits = shapes[field]?.(each, seen) ?? false;
      if (!fits) seen.stuck ??= { field, value: each };
      return fits;
    });
  };

/** Shapes that name one another: looked up when they are used. */
export const later =
  (shape: () => Shape): Shape =>
  (value, seen) =>
    shape()(value, seen);
