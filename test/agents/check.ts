export type Check = readonly [what: string, ok: boolean, seen?: string | undefined];
