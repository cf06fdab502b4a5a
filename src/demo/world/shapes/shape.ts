/** A JSON object as GitHub sends it. Each builder of this folder makes one, and the fidelity tests hold it to GitHub's schemas. */
export type Shape = Readonly<Record<string, unknown>>;
