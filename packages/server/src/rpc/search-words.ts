import { AppError } from "@sallyport/api";

const MAX_WORDS = 100;
const MAX_CHARACTERS = 10_000;

/** Words that a list is searched for. Each is looked for in every item, so there are not many (threat 9). */
export function readSearchWords(words: readonly string[]): readonly string[] {
  if (words.length > MAX_WORDS || words.reduce((sum, word) => sum + word.length, 0) > MAX_CHARACTERS) {
    const what = `a list is searched for at most ${MAX_WORDS} words with ${MAX_CHARACTERS} characters together`;
    throw new AppError("BAD_PARAMETER", what);
  }
  return words;
}
