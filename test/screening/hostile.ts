import { HOSTILE_UNITS } from "../platform/log/hostile.ts";

/** Each makes one of the expressions, or one of the decoders, begin again and again, and never come to an end. */
export const UNITS: readonly string[] = [
  ...HOSTILE_UNITS,
  "<!--", "<!-- -->", "%41", "&#65;", "\\u0041", "a b ", "a-b ", "ignore ", "ignore previous ", "you are ", "before you ", "send token ",
  "a@", "a@b.", "@", "1 ", "1.", "1:", "2001:", "4111 ", "DE89 3704 ", "+4", "passport A", "A1B2C3 ", "phone 1", "QUJD", "QUJDREVGR0hJSktMTU5P\n",
  "6967", "\u200b", "\ufe01", "\u{e0041}", "\u202e", "a\u0301", "忽略", "\n\nhuman:", "password: ", 'api_key="', "AKIA", "https://a:b@", "postgres://", "xoxb-",
]; // prettier-ignore
