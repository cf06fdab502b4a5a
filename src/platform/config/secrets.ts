import { reader, type Environment } from "./reader.ts";
import { SETTINGS } from "./settings.ts";

/** Values of settings that no line may carry; of a URL its password, too, which others quote alone. */
export function secretValues(env: Environment): readonly string[] {
  const { text } = reader(env);
  return SETTINGS.filter((setting) => setting.secret)
    .flatMap((setting) => text(setting.name) ?? [])
    .flatMap((value) => [value, ...passwordsOf(value)]);
}

function passwordsOf(value: string): readonly string[] {
  const password = URL.parse(value)?.password ?? "";
  if (password === "") return [];
  try {
    return [...new Set([password, decodeURIComponent(password)])];
  } catch {
    return [password];
  }
}
