// The parts of a SELECT that pass values on.

import { isFields, items, tagged, type Fields } from "./tree.ts";

/** The queries of a UNION, from the left. */
export function leavesOf(select: Fields): readonly Fields[] {
  const { larg, rarg } = select;
  return isFields(larg) && isFields(rarg) ? [...leavesOf(larg), ...leavesOf(rarg)] : [select];
}

interface Target {
  readonly name: string | null;
  readonly val: unknown;
  readonly star: boolean;
}

export const targetsOf = (select: Fields): readonly Target[] =>
  items(select["targetList"]).map((each) => {
    const fields = tagged(each)?.fields ?? {};
    const { val } = fields;
    const name = fields["name"];
    return { name: typeof name === "string" ? name : null, val, star: isStar(val) };
  });

export const isStar = (val: unknown): boolean => {
  const node = tagged(val);
  return node?.tag === "ColumnRef" && tagged(items(node.fields["fields"]).at(-1))?.tag === "A_Star";
};
