import { saidBefore } from "./near.ts";
import type { Personal } from "./types.ts";

const LOCAL = /[A-Za-z0-9._%+'-]/;
const HOST = /[A-Za-z0-9.-]/;
const LONGEST_LOCAL = 64;
const LONGEST_HOST = 253;
/** Reserved for documents and tests (RFC 2606, RFC 6761), or nobody's mailbox. */
const NOBODY = /(?:^|\.)(?:example\.(?:com|net|org)|example|test|invalid|localhost|local|noreply\.github\.com)$/i;
const ROLE = /^(?:no-?reply|do-?not-?reply|git|postmaster|mailer-daemon|notifications?)$/i;
/** What stands after the @ of a picture in two sizes, or of a package's version. */
const FILE = /\.(?:png|jpe?g|gif|svg|webp|js|mjs|ts|css|json|md|html?|tgz)$/i;

/** Outwards from each @: an expression over the whole text would begin at every letter. */
export function mailboxes(text: string): readonly Personal[] {
  const found: Personal[] = [];
  for (let at = text.indexOf("@"); at !== -1; at = text.indexOf("@", at + 1)) {
    let start = at;
    while (start > 0 && at - start < LONGEST_LOCAL && LOCAL.test(text.charAt(start - 1))) start -= 1;
    let end = at + 1;
    while (end < text.length && end - at <= LONGEST_HOST && HOST.test(text.charAt(end))) end += 1;
    const host = text.slice(at + 1, end).replace(/[.-]{1,253}$/, "");
    const local = text.slice(start, at);
    end = at + 1 + host.length;
    if (
      local === "" ||
      !/^[A-Za-z0-9]/.test(local) ||
      !/^[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,8}\.[A-Za-z]{2,24}$/.test(host)
    )
      continue;
    // `git@host:path` and `scheme://user@host` name a machine, `user:password@host` is a secret, and another matter.
    if (text.charAt(end) === ":" || /[:/]$/.test(text.slice(Math.max(0, start - 1), start)) || text.charAt(end) === "@")
      continue;
    if (ROLE.test(local) || NOBODY.test(host) || FILE.test(host)) continue;
    found.push({ what: "email", start, end });
  }
  return found;
}

const IPV4 = /\d{1,3}(?:\.\d{1,3}){3}/g;
const IPV6 = /[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){7}|[23][0-9a-f]{3}(?::[0-9a-f]{1,4}){1,6}::(?:[0-9a-f]{1,4})?/gi;
const VERSION = /(?:\bv|version|release|==|@|\^|~|chrome\/|safari\/)[\s:="]{0,3}$/i;

/** Of this machine, a private network, documents, nobody, everybody (RFC 6890). */
function isNobodys([a = 0, b = 0, c = 0]: readonly number[]): boolean {
  if (a === 0 || a === 10 || a === 127 || a >= 224) return true;
  if (a === 172) return b >= 16 && b < 32;
  if (a === 192) return b === 168 || (b === 0 && (c === 0 || c === 2));
  if (a === 169) return b === 254;
  if (a === 100) return b >= 64 && b < 128;
  if (a === 198) return b === 18 || b === 19 || (b === 51 && c === 100);
  return a === 203 && b === 0 && c === 113;
}

export function machines(text: string): readonly Personal[] {
  const four = [...text.matchAll(IPV4)].flatMap(({ 0: run, index }): readonly Personal[] => {
    const end = index + run.length;
    const parts = run.split(".").map(Number);
    const plain = run.split(".").every((part) => part === String(Number(part))) && parts.every((part) => part <= 255);
    const inLonger =
      /[\w.-]/.test(text.charAt(index - 1)) || /[\w-]/.test(text.charAt(end)) || /^\.\d/.test(text.slice(end, end + 2));
    // A release has small numbers: 4.0.0.1 is nobody's machine that anybody writes of.
    const release = parts.filter((part) => part < 40).length >= 3 || saidBefore(text, index, VERSION);
    return !plain || inLonger || release || isNobodys(parts) ? [] : [{ what: "ip", start: index, end }];
  });
  const six = [...text.matchAll(IPV6)].flatMap(({ 0: run, index }): readonly Personal[] => {
    const end = index + run.length;
    const global = /^[23][0-9a-f]{3}:/i.test(run) && !/^2001:0?db8:/i.test(run);
    const inLonger = /[\w:]/.test(text.charAt(index - 1)) || /[\w:]/.test(text.charAt(end));
    return global && !inLonger ? [{ what: "ip", start: index, end }] : [];
  });
  return [...four, ...six];
}
