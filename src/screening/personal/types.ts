export type PersonalKind = "iban" | "card" | "email" | "phone" | "ip" | "document";

export interface Personal {
  readonly what: PersonalKind;
  readonly start: number;
  readonly end: number;
}

/** People write prose; files, logs and answers of tools are full of numbers that are nobody's, and need a word that says otherwise. */
export type Register = "prose" | "machine";
