/**
 * A command line as words (pure): blanks part them, single or double quotes keep blanks within one. Nothing else has a
 * meaning; no shell is asked.
 *
 * @returns undefined when there is no word, or a quote does not end
 */
export function execWords(text: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (const char of text) {
    if (quote !== "") {
      if (char === quote) quote = "";
      else word = (word ?? "") + char;
    } else if (char === "'" || char === '"') {
      quote = char;
      word ??= "";
    } else if (char === " " || char === "\t") {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + char;
  }
  if (word !== undefined) words.push(word);
  return quote === "" && words.length > 0 ? words : undefined;
}
