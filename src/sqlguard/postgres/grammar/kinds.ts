// What a field of the tree may hold. A field without a kind, and a value that is not of its kind, are refused.

export type Kind =
  /** A node inside its tag: {"FuncCall": {...}}. */
  | { readonly is: "node"; readonly tags: ReadonlySet<string> }
  | { readonly is: "nodes"; readonly tags: ReadonlySet<string>; readonly emptyAllowed: boolean }
  /** A node of one fixed type, written without its tag. */
  | { readonly is: "part"; readonly tag: string }
  | { readonly is: "text" }
  | { readonly is: "flag" }
  | { readonly is: "number" }
  | { readonly is: "word"; readonly words: ReadonlySet<string> };

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

export type Shape = ReadonlyMap<string, Kind>;
/** By tag. */
export type Grammar = ReadonlyMap<string, Shape>;

export const node = (tags: string): Kind => ({ is: "node", tags: new Set(words(tags)) });
export const nodes = (tags: string): Kind => ({ is: "nodes", tags: new Set(words(tags)), emptyAllowed: false });
/** PostgreSQL writes an absent element as {}. */
export const nodesOrEmpty = (tags: string): Kind => ({ is: "nodes", tags: new Set(words(tags)), emptyAllowed: true });
export const part = (tag: string): Kind => ({ is: "part", tag });
export const text: Kind = { is: "text" };
export const flag: Kind = { is: "flag" };
export const number: Kind = { is: "number" };
export const word = (values: string): Kind => ({ is: "word", words: new Set(words(values)) });

export type Shapes = Readonly<Record<string, Readonly<Record<string, Kind>>>>;

export const grammar = (...shapes: readonly Shapes[]): Grammar =>
  new Map(
    shapes.flatMap((each) =>
      Object.entries(each).map(([tag, fields]) => [tag, new Map(Object.entries(fields))] as const),
    ),
  );
