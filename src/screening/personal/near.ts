/** Letters before a number in which a word may say what it is. */
const BEFORE = 40;

/** Whether one of the words stands shortly before `at`. */
export const saidBefore = (text: string, at: number, words: RegExp): boolean =>
  words.test(text.slice(Math.max(0, at - BEFORE), at));

/** Whether letters or digits go on at this place: then what was found is a piece of something longer. */
export const goesOn = (text: string, at: number): boolean => /[A-Za-z0-9_]/.test(text.charAt(at));
