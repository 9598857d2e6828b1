import type { Dice } from "./dice.ts";
import { type Language, paragraph, sentence, type Topic } from "./language.ts";
import type { Letter } from "./letter.ts";
import type { Person } from "./people.ts";
import { date } from "./trace.ts";

const LINE = 72;
const ROOM_FOR_PARAGRAPH = 500;
/** What nobody would call a letter. */
const LEAST_OWN = 160;

/** A body in plain text of about `room` characters: own words, a signature, and what is answered, above or below. */
export function writeBody(
  dice: Dice,
  language: Language,
  about: { readonly from: Person; readonly topic: Topic; readonly answered: Letter | undefined },
  room: number,
): string {
  const { from, topic, answered } = about;
  const frame = [from.greeting, from.farewell].join("\n").length + from.signature.length;
  // Most people leave the whole thread below; some quote what they answer only.
  const share = answered === undefined ? 0 : 0.25 + 0.55 * dice.unit();
  const quoted = answered === undefined ? "" : quotation(answered, Math.floor((room - frame) * share));
  const own: string[] = [];
  let left = Math.max(LEAST_OWN, room - frame - quoted.length);
  while (left > 60) {
    const say = left < ROOM_FOR_PARAGRAPH ? sentence : paragraph;
    const text = wrapped(say(dice, language, topic, from.voice));
    own.push(text);
    left -= text.length + 2;
  }
  const letter = [from.greeting, ...own, from.farewell].filter((part) => part !== "").join("\n\n");
  const ending = `\n\n${from.signature}`;
  if (from.program.quotes === "above") return `${letter}${ending}\n${quoted}`;
  return `${quoted}\n${letter}${ending}`;
}

function quotation({ from, ms, body }: Letter, length: number): string {
  const lines = body.split("\n");
  const kept: string[] = [];
  for (let left = length; left > 0 && kept.length < lines.length; ) {
    const line = lines[kept.length] ?? "";
    kept.push(line.startsWith(">") || line === "" ? `>${line}` : `> ${line}`);
    left -= line.length + 3;
  }
  return `On ${date(ms)}, ${from.name} wrote:\n${kept.join("\n")}\n`;
}

function wrapped(text: string): string {
  return text.replace(new RegExp(`(.{1,${LINE}})( |$)`, "g"), "$1\n").trimEnd();
}
