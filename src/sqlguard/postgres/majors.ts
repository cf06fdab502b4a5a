/** The server versions whose grammar is built in, with its tables pinned and tested for each. Any other is refused by name. */
export const MAJORS = [15, 16, 17, 18] as const;
export type Major = (typeof MAJORS)[number];

export const majorOf = (version: number): Major | null => MAJORS.find((major) => major === version) ?? null;
