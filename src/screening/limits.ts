/** All that is read of one call's texts, in UTF-16 units. What lies behind it counts as suspected, never as harmless. */
export const MOST_TEXT = 4 * 1024 * 1024;
/** What is read without a pause, some milliseconds. */
export const AT_ONCE = 64 * 1024;
/** What a text costs beside its letters, in letters: a hundred thousand cells of one letter are seconds. */
export const ONE_TEXT = 256;
/** Of one kind, in one span: more of them say nothing more. */
export const MOST_FINDINGS = 256;
/** Something inside something encoded, inside something encoded: beyond this depth nobody writes by accident, and nothing is decoded. */
export const MOST_DEPTH = 3;
/** What is decoded costs no more than this many times the text it was found in. */
export const MOST_DECODED = 8;

/** From here on a text is suspected (X16), and the policy's default asks a person (policies/floor/human.cedar). */
export const SUSPECTED_FROM = 50;
