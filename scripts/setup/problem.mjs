/** Something the person at the keyboard can put right: one sentence that says what is wrong, one that says what to do. Never a stack trace. */
export class Problem extends Error {
  /**
   * @param {string} what
   * @param {string} wayOut
   */
  constructor(what, wayOut) {
    super(`${what}\n${wayOut}`);
    this.name = "Problem";
    this.what = what;
    this.wayOut = wayOut;
  }
}

/**
 * @param {unknown} error
 * @returns {string}
 */
export function describe(error) {
  if (error instanceof Problem) return `countersign: ${error.what}\n  What to do: ${error.wayOut}`;
  const text = error instanceof Error ? error.message : String(error);
  return `countersign: the set-up stopped unexpectedly (${text}).\n  What to do: delete the folder node_modules and run the same command again; if it stays, report it with this line.`;
}
