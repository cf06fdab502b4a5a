import { electronicFormatIBAN, isValidIBAN } from "ibantools";
import { goesOn, saidBefore } from "./near.ts";
import type { Personal, Register } from "./types.ts";

const IBAN = /[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?/g;

export function ibans(text: string): readonly Personal[] {
  return [...text.matchAll(IBAN)].flatMap(({ 0: run, index }): readonly Personal[] => {
    if (goesOn(text, index - 1)) return [];
    // A word may follow after a space: the longest part that has the right check digits is the number.
    const parts = run.split(" ");
    for (let n = parts.length; n > 0; n -= 1) {
      const part = parts.slice(0, n).join(" ");
      const end = index + part.length;
      const plain = electronicFormatIBAN(part);
      if (plain !== null && isValidIBAN(plain) && !goesOn(text, end)) return [{ what: "iban", start: index, end }];
    }
    return [];
  });
}

/** 13 to 19 digits, in groups or not. */
const CARD = /\d(?:[ -]?\d){12,18}/g;
const CARD_WORDS = /\b(?:card|cards|pan|visa|mastercard|amex|kreditkarte|karte|carte|tarjeta|payment|cc)\b/i;
const GROUPED = /^\d{4}([ -])\d{4}\1\d{4}\1\d{4}$|^\d{4}([ -])\d{6}\2\d{5}$/;

/** Networks by first digits and length (ISO/IEC 7812). */
const isIssued = (digits: string): boolean =>
  /^4\d{15}$|^5[1-5]\d{14}$|^2(?:2[2-9]|[3-6]\d|7[01])\d{13}$|^3[47]\d{13}$|^6(?:011|5\d\d|4[4-9]\d)\d{12}$|^3(?:0[0-5]|[68]\d)\d{11}$|^35\d{14}$|^62\d{14,17}$/.test(
    digits,
  );

/** The check digit of ISO/IEC 7812, after Luhn. */
export function luhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i += 1) {
    const digit = Number(digits.charAt(digits.length - 1 - i));
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

export function cards(text: string, register: Register): readonly Personal[] {
  return [...text.matchAll(CARD)].flatMap(({ 0: run, index }): readonly Personal[] => {
    const end = index + run.length;
    const digits = run.replaceAll(/\D/g, "");
    if (goesOn(text, index - 1) || goesOn(text, end) || /[.\d]/.test(text.charAt(index - 1))) return [];
    if (!isIssued(digits) || !luhn(digits) || new Set(digits).size < 2) return [];
    const meant = register === "prose" || GROUPED.test(run) || saidBefore(text, index, CARD_WORDS);
    return meant ? [{ what: "card", start: index, end }] : [];
  });
}
