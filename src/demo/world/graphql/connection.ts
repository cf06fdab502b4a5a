import { failed } from "./context.ts";

export interface PageArgs {
  readonly first?: number | null;
  readonly last?: number | null;
  readonly after?: string | null;
  readonly before?: string | null;
}

const cursorOf = (index: number): string => Buffer.from(`cursor:v2:${index}`).toString("base64");
const indexOf = (cursor: string): number => Number(Buffer.from(cursor, "base64").toString("utf8").split(":")[2] ?? -1);

const MOST = 100;

function bounds(name: string, args: PageArgs, count: number): readonly [number, number] {
  const { first, last, after, before } = args;
  const size = first ?? last;
  if (size === undefined || size === null) {
    throw failed(
      "MISSING_PAGINATION_BOUNDARIES",
      `You must provide a \`first\` or \`last\` value to properly paginate the \`${name}\` connection.`,
    );
  }
  if (size > MOST) {
    const side = typeof first === "number" ? "first" : "last";
    throw failed(
      "EXCESSIVE_PAGINATION",
      `Requesting ${size} records on the \`${name}\` connection exceeds the \`${side}\` limit of ${MOST} records.`,
    );
  }
  const from = typeof after === "string" ? indexOf(after) + 1 : 0;
  const to = typeof before === "string" ? indexOf(before) : count;
  return typeof first === "number" ? [from, Math.min(to, from + first)] : [Math.max(from, to - size), to];
}

/** `totalCount` may be more than can be paged through: GitHub's lists have caps. */
export function connection<T, N>(
  name: string,
  items: readonly T[],
  args: PageArgs,
  node: (item: T) => N,
  totalCount = items.length,
) {
  const [from, to] = bounds(name, args, items.length);
  const page = items.slice(from, to);
  const nodes = page.map(node);
  return {
    totalCount,
    nodes,
    edges: nodes.map((one, index) => ({ cursor: cursorOf(from + index), node: one })),
    pageInfo: {
      hasNextPage: to < items.length,
      hasPreviousPage: from > 0,
      startCursor: page.length === 0 ? null : cursorOf(from),
      endCursor: page.length === 0 ? null : cursorOf(from + page.length - 1),
    },
  };
}
