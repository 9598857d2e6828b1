import { type Dice, LOWER } from "./dice.ts";

/**
 * A language that nobody speaks: function words of English between invented words that are as unevenly frequent, and come
 * in bursts by topic, as those of a language. So a codec that knows English finds it no easier than real mail.
 */
export interface Language {
  /** The most frequent first. */
  readonly words: readonly string[];
  /** Turns of speech that everybody uses, the most frequent first. */
  readonly phrases: readonly string[];
}

/** What a thread is about: its words are said again and again. */
export interface Topic {
  readonly words: readonly string[];
  readonly phrases: readonly string[];
}

/** How one person writes. */
export interface Voice {
  readonly wordsInSentence: number;
  readonly sentencesInParagraph: number;
  readonly commas: number;
  readonly exclamations: number;
  readonly favourites: readonly string[];
  readonly lowerCase: boolean;
}

const FUNCTION_WORDS =
  "the to of and a in that is for i you we on be it with have this are not will as at from they or but if can was by our your an there would he all so what do has about my me no which up out their been more were when one could any she had who them us should some how than other just also his its then now only into very over because these may need like here don't after before did where too those most".split(
    " ",
  );
const ONSETS = "b c d f g h k l m n p r s t v w br ch cl cr dr fl fr gr pl pr sh sp st str th tr qu".split(" ");
const VOWELS = "a e i o u a e i o ea ee ai ou".split(" ");
const CODAS = " n r s t l m d ck nd nt st ng rt ll ss".split(" ");
const ENDINGS = "|||||s|s|ed|ing|er|ly|tion|al|ment|able|ity".split("|");
const VOCABULARY = 14_000;
const PHRASES = 4000;
const TOPIC_WORDS = 32;
const TOPIC_PHRASES = 10;
/** How often what comes next is each of these; "strange" is what was never said before: names, misspellings, other languages. */
const NEXT = {
  function: 0.36,
  topic: 0.12,
  number: 0.016,
  strange: 0.03,
  favourite: 0.03,
  common: 0.27,
  phrase: 0.07,
  topicPhrase: 0.09,
};
const RARE_SHARE = 0.5;
const KINDS = Object.keys(NEXT) as (keyof typeof NEXT)[];
const WEIGHTS = Object.values(NEXT);

export function makeLanguage(dice: Dice): Language {
  const words = Array.from({ length: VOCABULARY }, (_one, rank) => invented(dice, rank));
  return { words, phrases: Array.from({ length: PHRASES }, () => phrase(dice, words, words)) };
}

function phrase(dice: Dice, words: readonly string[], about: readonly string[]): string {
  const said = Array.from({ length: dice.between(3, 10) }, () =>
    dice.chance(0.6) ? dice.pickEarly(FUNCTION_WORDS) : dice.pickEarly(dice.chance(0.5) ? words : about),
  );
  return said.join(" ");
}

/** Frequent words are short, as they are everywhere. */
export function invented(dice: Dice, rank: number): string {
  const syllables = 1 + dice.between(0, rank < 300 ? 2 : 3);
  let word = "";
  for (let count = 0; count < syllables; count += 1)
    word += dice.pickEarly(ONSETS) + dice.pickEarly(VOWELS) + (dice.chance(0.5) ? dice.pickEarly(CODAS).trim() : "");
  return word + dice.pick(ENDINGS);
}

export function makeTopic(dice: Dice, { words }: Language): Topic {
  const about = Array.from({ length: TOPIC_WORDS }, () => dice.pickEarly(words));
  return { words: about, phrases: Array.from({ length: TOPIC_PHRASES }, () => phrase(dice, words, about)) };
}

export function makeVoice(dice: Dice, { words }: Language): Voice {
  return {
    wordsInSentence: dice.between(8, 20),
    sentencesInParagraph: dice.between(1, 6),
    commas: dice.unit() * 0.1,
    exclamations: dice.unit() ** 3 * 0.3,
    favourites: Array.from({ length: 12 }, () => dice.pickEarly(words)),
    lowerCase: dice.chance(0.1),
  };
}

/** Several sentences without line breaks. */
export function paragraph(dice: Dice, language: Language, topic: Topic, voice: Voice): string {
  const sentences = 1 + dice.between(0, 2 * voice.sentencesInParagraph);
  return Array.from({ length: sentences }, () => sentence(dice, language, topic, voice)).join(" ");
}

export function sentence(dice: Dice, language: Language, topic: Topic, voice: Voice): string {
  const length = 3 + dice.between(0, 2 * voice.wordsInSentence - 8);
  const said = Array.from({ length }, (_one, at) => {
    const words = next(dice, language, topic, voice);
    return at < length - 1 && dice.chance(voice.commas) ? `${words},` : words;
  }).join(" ");
  const end = dice.chance(voice.exclamations) ? "!" : dice.chance(0.1) ? "?" : ".";
  return `${voice.lowerCase ? said : capital(said)}${end}`;
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A word, or several that belong together. */
function next(dice: Dice, { words, phrases }: Language, topic: Topic, voice: Voice): string {
  const kind = KINDS[dice.weighed(WEIGHTS)];
  switch (kind) {
    case "function":
      return dice.pickEarly(FUNCTION_WORDS);
    case "topic":
      return dice.pickEarly(topic.words);
    case "number":
      return String(dice.between(1, 10 ** dice.between(1, 5)));
    case "strange":
      return capital(dice.of(LOWER, dice.between(4, 10)));
    case "favourite":
      return dice.pickEarly(voice.favourites);
    case "phrase":
      return dice.pickEarly(phrases);
    case "topicPhrase":
      return dice.pickEarly(topic.phrases);
    default:
      // Flatter than Zipf's law, for half of what people say is about something else than what everybody talks of.
      return dice.chance(RARE_SHARE) ? dice.pick(words) : dice.pickEarly(words);
  }
}
