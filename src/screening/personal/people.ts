import { parsePhoneNumberFromString } from "libphonenumber-js";
import { goesOn, saidBefore } from "./near.ts";
import type { Personal } from "./types.ts";

const PHONE = /\+?\(?\d(?:[ ()/.-]{0,2}\d){6,14}/g;
const PHONE_WORDS =
  /\b(?:phone|tel|telephone|telefon|fon|mobile|mobil|cell|call|handy|fax|whatsapp|sms|anruf|rufnummer|portable)\b/i;
/** In which country a number without `+` may be; only where a word says that it is a telephone's. */
const COUNTRIES = ["US", "DE", "GB", "FR", "ES", "IT"] as const;

export function phones(text: string): readonly Personal[] {
  return [...text.matchAll(PHONE)].flatMap(({ 0: run, index }): readonly Personal[] => {
    const end = index + run.length;
    if (goesOn(text, index - 1) || goesOn(text, end) || /[.+-]/.test(text.charAt(index - 1))) return [];
    const international = run.startsWith("+");
    if (!international && !saidBefore(text, index, PHONE_WORDS)) return [];
    const valid = international
      ? parsePhoneNumberFromString(run)?.isValid() === true
      : COUNTRIES.some((country) => parsePhoneNumberFromString(run, country)?.isValid() === true);
    return valid ? [{ what: "phone", start: index, end }] : [];
  });
}

const DOCUMENT = /(?<![A-Za-z0-9])[A-Z0-9]{6,12}(?![A-Za-z0-9])/g;
const DOCUMENT_WORDS =
  /\b(?:passport|reisepass|passnummer|passeport|pasaporte|identity card|id card|personalausweis|ausweisnummer|national id|driving licen[cs]e)\b/i;
const SSN = /(?<![\w-])(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])/g;
const SSN_WORDS = /\b(?:ssn|social security)\b/i;

/** Numbers of passports and identity cards look like anything: only a word before them says what they are. */
export function documents(text: string): readonly Personal[] {
  const numbers = [...text.matchAll(DOCUMENT)].filter(
    ({ 0: run, index }) => run.replaceAll(/\D/g, "").length >= 5 && saidBefore(text, index, DOCUMENT_WORDS),
  );
  const social = [...text.matchAll(SSN)].filter(({ index }) => saidBefore(text, index, SSN_WORDS));
  return [...numbers, ...social].map(({ 0: run, index }) => ({
    what: "document",
    start: index,
    end: index + run.length,
  }));
}
