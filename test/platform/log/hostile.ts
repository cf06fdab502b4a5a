/** Each makes at least one of the scrubber's patterns begin again and again, and never come to an end. */
export const HOSTILE_UNITS: readonly string[] = [
  "eyJ", "ghs_", "ghs_4242_eyJabc.eyJ", "v2.", "cs", "csk_", "sk-", "re_aaaaaa_", "SG.a", "hvs.", "a3Q~", "a", "x\\",
  "://", "://a:", "::://:", "bearer ", "authorization: ", "-----BEGIN A-----", "password=", "token=", "private_keyA",
  '"a', '"a-', '"password":"', '"secret":"\\a', '\\"token\\":\\"',
]; // prettier-ignore

export const hostileLine = (unit: string, bytes: number): string => unit.repeat(Math.ceil(bytes / unit.length));
