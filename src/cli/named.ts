/** What an agent, a person or a client is called, by its id. */
export type Names = ReadonlyMap<string, string>;

/** The id stays: names can be alike. */
export const named = (id: string, names: Names): string => {
  const name = names.get(id);
  return name === undefined ? id : `${name} (${id})`;
};
