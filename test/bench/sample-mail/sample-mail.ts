import { type Attachment, makeAttachment } from "./attachment.ts";
import { Dice } from "./dice.ts";
import { capital, invented, type Language, makeLanguage, makeTopic } from "./language.ts";
import { CLASSES, type Letter, type MailClass, type SampleMessage } from "./letter.ts";
import { EXPANSION } from "./markup.ts";
import { messageOf } from "./message.ts";
import { makePerson, type Person } from "./people.ts";
import { writeBody } from "./plain-text.ts";

/**
 * Mail that nobody wrote, for measuring: threads that quote, trace headers of several programs, HTML, attachments. About as
 * hard to compress as real mail, class by class (`sample-mail.test.ts` holds it there), in real mail's shares.
 *
 * @returns the same for the same seed, in the order in which it would cross a link
 */
export function sampleMail(seed: number, count: number): SampleMessage[] {
  const office = makeOffice(new Dice(seed));
  return Array.from({ length: count }, () => nextMessage(office));
}

/** Of 298 messages of public archives: as many under 2 KB, of text, of HTML, with attachments. */
const SHARES = [16, 211, 53, 18];
const PEOPLE = 40;
const DOMAINS = 8;
/** Threads that somebody may still answer. */
const OPEN_LETTERS = 30;
const REPLY_SHARE = 0.6;
const BEGINNING_MS = Date.UTC(2026, 0, 5, 7);
/** Header and attachment's wrapping, roughly, beside the text. */
const HEAD_BYTES = { office: 900, list: 2200, provider: 2100 } as const;

interface Office {
  readonly dice: Dice;
  readonly language: Language;
  readonly people: readonly Person[];
  readonly letters: Letter[];
  ms: number;
}

function makeOffice(dice: Dice): Office {
  const language = makeLanguage(dice);
  const domains = ["example.org", ...Array.from({ length: DOMAINS }, () => `${invented(dice, 0)}.example.com`)];
  const people = Array.from({ length: PEOPLE }, () => makePerson(dice, language, domains));
  return { dice, language, people, letters: [], ms: BEGINNING_MS };
}

function nextMessage(office: Office): SampleMessage {
  const { dice, language, letters } = office;
  const kind = CLASSES[dice.weighed(SHARES)] ?? "text";
  office.ms += dice.between(20_000, 3_000_000);
  const letter = writeLetter(office, kind);
  letters.push(letter);
  if (letters.length > OPEN_LETTERS) letters.shift();
  const { from, to, topic } = letter;
  const file: Attachment | undefined =
    kind === "attachment"
      ? makeAttachment(dice, { language, topic, voice: from.voice }, dice.between(70_000, 330_000))
      : undefined;
  return {
    text: messageOf(dice, letter, file),
    sender: from.address,
    recipients: to.map(({ address }) => address),
    class: kind,
  };
}

function writeLetter({ dice, language, people, letters, ms }: Office, kind: MailClass): Letter {
  const answered = kind !== "tiny" && letters.length > 0 && dice.chance(REPLY_SHARE) ? dice.pick(letters) : undefined;
  const from = answered === undefined ? dice.pickEarly(people) : (answered.to[0] ?? answered.from);
  const topic = answered?.topic ?? makeTopic(dice, language);
  const to = answered === undefined ? recipients(dice, people) : [answered.from, ...answered.to.slice(1)];
  const title = Array.from({ length: dice.between(2, 8) }, () => dice.pickEarly(topic.words)).join(" ");
  return {
    class: kind,
    from,
    to,
    topic,
    subject: answered === undefined ? capital(title) : `Re: ${answered.subject.replace(/^Re: /, "")}`,
    id: from.program.messageId(dice, from.domain, ms),
    references: answered === undefined ? [] : [...answered.references, answered.id].slice(-8),
    ms,
    body: writeBody(dice, language, { from, topic, answered }, bodyRoom(dice, kind, from)),
  };
}

function recipients(dice: Dice, people: readonly Person[]): Person[] {
  const count = dice.weighed([0, 0.6, 0.2, 0.1, 0.1]);
  return [...new Set(Array.from({ length: count }, () => dice.pickEarly(people)))];
}

/** Characters of plain text that bring a message of this class to a usual size. */
function bodyRoom(dice: Dice, kind: MailClass, { route, program }: Person): number {
  if (kind === "tiny") return dice.between(200, 700);
  if (kind === "html") return (20_000 + 36_000 * dice.unit() ** 2) / (1 + EXPANSION[program.markup]);
  if (kind === "attachment") return dice.between(500, 5000);
  const size = dice.chance(0.85) ? 2200 + 7800 * dice.unit() ** 1.5 : dice.between(10_000, 20_000);
  return Math.max(400, size - HEAD_BYTES[route]);
}
