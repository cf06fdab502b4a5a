// What braces make of one word: `{a,b}.ts` is two, wherever the braces stand. In no order: some may be there twice.

/** More than anybody writes by hand. */
const MAX = 64;

/** The words that the shell makes of it; null: of more than can be told. `written` without its quotes. */
export function alternatives(written: string): readonly string[] | null {
  const done: string[] = [];
  const open = [written];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    // The innermost pair first: what is in it holds no other.
    const pair = /\{([^{}]*,[^{}]*)\}/.exec(next);
    if (pair === null) done.push(next);
    else {
      const [whole, inner = ""] = pair;
      const [before, after] = [next.slice(0, pair.index), next.slice(pair.index + whole.length)];
      open.push(...inner.split(",").map((each) => `${before}${each}${after}`));
    }
    if (done.length + open.length > MAX) return null;
  }
  return done;
}
