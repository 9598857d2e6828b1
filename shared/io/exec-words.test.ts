import { expect, it } from "vitest";
import { execWords } from "./exec-words.ts";

it.each([
  ["/usr/lib/modem herat", ["/usr/lib/modem", "herat"]],
  ["  /usr/lib/modem\t -x  ", ["/usr/lib/modem", "-x"]],
  ["/bin/ssh 'two words' \"it's\" a'b c'd", ["/bin/ssh", "two words", "it's", "ab cd"]],
  ["/bin/echo $HOME; rm `x` ''", ["/bin/echo", "$HOME;", "rm", "`x`", ""]],
  ["", undefined],
  ["   ", undefined],
  ["/bin/echo 'open", undefined],
])("the words of %j are %j", (text, words) => {
  expect(execWords(text)).toEqual(words);
});
