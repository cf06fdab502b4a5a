/** Of what comes in, whoever sends it. */
export const SOURCE_LIMITS = {
  title: 200,
  /** Characters of one message that are kept; the rest is read where it was written. */
  text: 20_000,
  /** Of a mail, before what it quotes is left out. */
  mailText: 200_000,
  name: 200,
  /** Conversations that one message may say it answers. */
  answers: 50,
} as const;
