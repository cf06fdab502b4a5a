// Words by what they do in a sentence that gives orders to a model. A word alone says nothing; markers.ts says which in which order do.

import { fold } from "./fold.ts";

const WORDS = {
  ignore:
    "ignore ignoring disregard disregarding forget override overrule bypass neglect discard dismiss abandon ignoriere ignorieren ignoriert vergiss missachte ignorez oublie oubliez ignora ignorar olvida olvide desconsidere dimentica negeer vergeet zignoruj игнорируй игнорируйте забудь",
  prior:
    "previous previously prior above earlier preceding existing initial original former foregoing system vorherigen vorherige vorigen bisherigen obigen precedentes précédentes precedents anteriores previas previos precedenti vorige eerdere voorgaande poprzednie предыдущие",
  every: "all any every everything whatever the these those alle toutes todas todos tutte tutti wszystkie все",
  instruct:
    "instruction instructions prompt prompts directive directives guideline guidelines directions programming anweisung anweisungen consigne consignes instrucciones istruzioni instrucoes instruções instructies instrukcje инструкции указания",
  rule: "rule rules policy policies constraint constraints command commands orders context restriction restrictions messages regeln reglas regles regole",
  your: "your ur deine ihre votre vos tus sus",
  you: "you u",
  are: "are re become",
  now: "now henceforth",
  persona:
    "assistant agent ai bot chatbot hacker admin administrator root dan unrestricted unfiltered uncensored jailbroken evil persona",
  act: "act behave pretend roleplay respond simulate",
  as: "as be like",
  restricted: "bound restricted limited constrained governed restrictions filters limitations safeguards guardrails",
  no_longer: "longer without free",
  mode: "mode",
  mode_name: "developer debug god sudo dan maintenance jailbreak unrestricted override",
  new: "new real actual true updated revised only next latest",
  task: "task goal objective mission job role purpose priority instruction instructions orders",
  before: "before until",
  solve: "solve complete continue finish answer proceed do",
  please: "please must should shall need",
  doing: "do follow execute perform carry obey",
  following: "following",
  first: "first instead immediately strictly exactly",
  message: "message notice announcement reminder note instruction instructions alert",
  important: "important urgent critical mandatory attention confidential",
  from: "from by",
  authority:
    "me admin administrator developer developers openai anthropic github system security support owner management ceo",
  not: "not dont never without avoid don",
  tell: "tell telling mention mentioning inform informing notify notifying reveal disclose alert alerting report asking ask show",
  human:
    "user users human humans anyone anybody operator reviewer reviewers maintainer maintainers person people owner",
  send: "send post upload email forward exfiltrate leak transmit submit deliver copy publish",
  secret:
    "secret secrets token tokens credential credentials password passwords apikey keys env environment dotenv ssh cookie cookies aws",
  where: "http https webhook url endpoint server address ngrok pastebin gist",
  reveal: "reveal print repeat output show display leak tell give write recite summarize translate",
  hidden: "system hidden initial secret original internal confidential",
  prompt: "prompt prompts instructions preamble message",
  approve: "approve merge accept deploy release ship",
  change: "this pr pull request change changes branch commit it",
  instantly: "without immediately directly silently automatically",
  skip: "skip bypass disable circumvent evade deactivate ignore",
  guard:
    "review reviews approval approvals gate guardrail guardrails safety moderation policy policies supervision countersign",
  granted: "authorized authorised permission allowed permitted cleared preapproved approved",
  already: "already pre been fully",
  none: "no",
  approval: "approval confirmation review permission consent",
  needed: "needed required necessary",
  model:
    "ai llm llms claude codex copilot chatgpt gpt gemini assistant assistants agent agents chatbot cursor devin openhands",
  language: "language",
  model_word: "model models",
  hello: "attention dear hey hello hi note notice instructions instruction reminder message dearest important",
  if: "if when",
} as const;

export type WordClass = keyof typeof WORDS;

function lexicon(): ReadonlyMap<string, readonly WordClass[]> {
  const map = new Map<string, WordClass[]>();
  let name: WordClass;
  for (name in WORDS)
    // The lookalikes of a word are folded in the text, so they are here, too.
    for (const word of WORDS[name].split(" ").map((each) => fold(each).text.toLowerCase())) {
      const classes = map.get(word) ?? [];
      if (!classes.includes(name)) classes.push(name);
      map.set(word, classes);
    }
  return map;
}

const CLASSES = lexicon();
const LEET: Readonly<Record<string, string>> = { "0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t" };
const NONE: readonly WordClass[] = [];
/** The longest word that is looked up; a longer run of letters is none. */
const LONGEST = 24;

/** `word` folded and in lower case. Digits in the middle of letters are read as the letters they look like. */
export function classesOf(word: string): readonly WordClass[] {
  if (word.length > LONGEST) return NONE;
  const found = CLASSES.get(word);
  if (found !== undefined) return found;
  if (!/[013457]/.test(word) || !/[a-z]/.test(word)) return NONE;
  const read = word.replaceAll(/[013457]/g, (digit) => LEET[digit] ?? digit);
  return CLASSES.get(read) ?? CLASSES.get(read.replaceAll("i", "l")) ?? NONE;
}
