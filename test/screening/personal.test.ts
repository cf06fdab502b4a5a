import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Origin } from "#screening";
import { createScreening } from "#screening/io";

const screening = createScreening();

async function found(origin: Origin, text: string): Promise<readonly (readonly [string, string])[]> {
  const { findings } = await screening.screen([{ origin, text }]);
  return findings
    .filter(({ kind }) => kind === "pii")
    .map(({ what, at }) => [what, at === null ? "" : text.slice(...at)] as const);
}

describe("structured personal data, by its own rules", () => {
  const cases: readonly (readonly [string, string, readonly (readonly [string, string])[]])[] = [
    ["an IBAN in groups", "Please pay to DE89 3704 0044 0532 0130 00 today", [["iban", "DE89 3704 0044 0532 0130 00"]]],
    ["an IBAN in one", "to GB29NWBK60161331926819.", [["iban", "GB29NWBK60161331926819"]]],
    ["a card in groups", "card 4111-1111-1111-1111", [["card", "4111-1111-1111-1111"]]],
    ["a card in one, in prose", "it is 5555555555554444, thanks", [["card", "5555555555554444"]]],
    ["a card of 15 digits", "amex 378282246310005", [["card", "378282246310005"]]],
    ["a mailbox", "write to lena.koch+shop@acme-corp.io, please", [["email", "lena.koch+shop@acme-corp.io"]]],
    ["a telephone with its country", "call +49 30 901820 now", [["phone", "+49 30 901820"]]],
    ["one without, after a word", "Tel.: 030 901820", [["phone", "030 901820"]]],
    ["another country's", "phone (415) 555-2671", [["phone", "(415) 555-2671"]]],
    ["a machine of somebody", "from 84.112.33.201 at noon", [["ip", "84.112.33.201"]]],
    ["a machine with a longer address", "from 2a02:8388:1604:a80:3a1d:44ff:fe12:9c01", [["ip", "2a02:8388:1604:a80:3a1d:44ff:fe12:9c01"]]],
    ["a passport, after its word", "passport no. C01X00T47 expires", [["document", "C01X00T47"]]],
    ["a social security number, after its word", "SSN 536-90-4399", [["document", "536-90-4399"]]],
  ]; // prettier-ignore
  test.each(cases)("%s", async (_, text, wanted) => {
    expect(await found("ticket", text)).toEqual(wanted);
  });
});

describe("what is nobody's", () => {
  const cases: readonly (readonly [string, Origin, string])[] = [
    ["an IBAN with other check digits", "ticket", "DE88 3704 0044 0532 0130 00"],
    ["a number that fails Luhn", "ticket", "4111 1111 1111 1112"],
    ["sixteen digits in code, without a word", "file", "const LIMIT = 4111111111111111;"],
    ["a time in milliseconds", "log", "at 1790000000000 and 1790000000123456"],
    ["a mailbox of documents", "file", "someone@example.com, git@github.com:acme/app.git, noreply@acme.io"],
    ["a picture in two sizes", "file", "logo@2x.png and react@18.3.1"],
    ["machines of a network and of documents", "log", "10.0.0.7 127.0.0.1 192.168.1.4 203.0.113.9 2001:db8::1"],
    ["a release", "file", "chrome/126.0.6478.127, v4.18.2.1 and 2.5.29.37"],
    ["a hash, an id, a date", "file", "0123456789abcdef0123456789abcdef01234567 018f6f3e-7a9b-7c55-8f6e-0123456789ab 2026-11-22T02:30:00Z"],
    ["an order's number", "ticket", "order 30-901820 of 2026, item 4415552671"],
    ["something like a passport, without a word", "ticket", "part C01X00T47 is missing"],
  ]; // prettier-ignore
  test.each(cases)("%s", async (_, origin, text) => {
    expect(await found(origin, text)).toEqual([]);
  });
});

test("the same value counts once, another one counts more", async () => {
  const score = async (text: string): Promise<number> =>
    (await screening.screen([{ origin: "mail", text }])).scores.pii;
  const one = await score("ana@acme.io");
  expect(await score("ana@acme.io ".repeat(20))).toBe(one);
  expect(await score("ana@acme.io and bo@acme.io")).toBeGreaterThan(one);
});

test("a card's number is found whatever stands around it, and no number with one other digit is", async () => {
  const digits = fc.stringMatching(/^4[0-9]{14}$/).filter((d) => new Set(d).size > 3);
  const check = (body: string): number => {
    let sum = 0;
    for (const [i, digit] of Array.from(body).toReversed().entries()) {
      const n = Number(digit) * (i % 2 === 0 ? 2 : 1);
      sum += n > 9 ? n - 9 : n;
    }
    return (10 - (sum % 10)) % 10;
  };
  await fc.assert(
    fc.asyncProperty(digits, fc.integer({ min: 1, max: 9 }), async (body, other) => {
      const right = `${body}${check(body)}`;
      const wrong = `${body}${(check(body) + other) % 10}`;
      expect(await found("ticket", `card: ${right}.`)).toEqual([["card", right]]);
      expect((await found("ticket", `card: ${wrong}.`)).filter(([what]) => what === "card")).toEqual([]);
    }),
    { numRuns: 60 },
  );
});
