import { seeded } from "../../support/thin-line/random-numbers.ts";

/**
 * Mail that nobody wrote, for measuring: threads that quote, headers of several programs, HTML, attachments. The words are
 * invented and as unevenly frequent as those of a language, so that no codec finds it easier than real mail.
 */
export const KINDS = ["tiny", "text", "html", "attachment"] as const;
export type Kind = (typeof KINDS)[number];

export interface Sample {
  readonly text: Buffer;
  readonly kind: Kind;
}

type Random = () => number;

/** Of a hundred messages; as in the archives that the figures in ENCODING.md come from. */
const SHARES: readonly (readonly [Kind, number])[] = [
  ["tiny", 6],
  ["text", 70],
  ["html", 18],
  ["attachment", 6],
];
const WORDS = 6000;
const PEOPLE = 24;

/** The same for the same seed. */
export function sampleMail(count: number, seed = 1): Sample[] {
  const random = seeded(seed);
  const words = vocabulary(random);
  const people = Array.from({ length: PEOPLE }, (_one, index) => person(index, words, random));
  const earlier: Letter[] = [];
  return Array.from({ length: count }, (_one, index) => {
    const kind = pickKind(random);
    const answered = random() < 0.6 ? earlier[Math.floor(earlier.length * random() ** 0.3)] : undefined;
    const letter = write(kind, people, words, answered, index, random);
    earlier.push(letter);
    if (earlier.length > 30) earlier.shift();
    return { kind, text: Buffer.from(whole(letter, random), "latin1") };
  });
}

interface Person {
  readonly name: string;
  readonly address: string;
  readonly program: string;
  readonly signature: string;
}

interface Letter {
  readonly kind: Kind;
  readonly from: Person;
  readonly to: Person;
  readonly subject: string;
  readonly id: string;
  readonly references: readonly string[];
  readonly date: string;
  readonly body: string;
}

const SYLLABLES =
  "ba be bi bo bu da de di do du fa fe ga go ha he ka ke ki ko la le li lo lu ma me mi mo mu na ne ni no nu pa pe pi po ra re ri ro ru sa se si so su ta te ti to tu va ve vi wa we ya ye za ze an en in on un ar er ir or ur as es is os st nd nt ck".split(
    " ",
  );
const PROGRAMS = [
  "Mozilla Thunderbird",
  "Microsoft Outlook 16.0",
  "Apple Mail (2.3826)",
  "Evolution 3.44",
  "Roundcube",
];

/** Frequent words are short, as they are everywhere. */
function vocabulary(random: Random): string[] {
  return Array.from({ length: WORDS }, (_one, rank) => {
    const syllables = 1 + Math.floor(random() * (1.5 + Math.log10(rank + 1)));
    return Array.from({ length: syllables }, () => pick(SYLLABLES, random)).join("");
  });
}

/** Zipf's law: the n-th word is n times rarer than the first. */
function word(words: readonly string[], random: Random): string {
  return words[Math.floor(Math.exp(random() * Math.log(words.length))) - 1] ?? words[0] ?? "";
}

function sentence(words: readonly string[], random: Random): string {
  const said = Array.from({ length: 5 + Math.floor(random() * 14) }, () => word(words, random));
  if (random() < 0.3) said.splice(3, 0, String(Math.floor(random() * 10_000)));
  const [first = "", ...rest] = said;
  return `${[first.charAt(0).toUpperCase() + first.slice(1), ...rest].join(" ")}${random() < 0.85 ? "." : "?"}`;
}

function paragraph(words: readonly string[], random: Random): string {
  const text = Array.from({ length: 2 + Math.floor(random() * 5) }, () => sentence(words, random)).join(" ");
  return text.replace(/(.{1,72})( |$)/g, "$1\n");
}

function person(index: number, words: readonly string[], random: Random): Person {
  const name = [word(words, random), word(words, random)]
    .map((one) => one.charAt(0).toUpperCase() + one.slice(1))
    .join(" ");
  const domain = index % 3 === 0 ? `${word(words, random)}.example.com` : "example.org";
  return {
    name,
    address: `${name.toLowerCase().replace(" ", ".")}@${domain}`,
    program: pick(PROGRAMS, random),
    signature: `-- \n${name}\n${sentence(words, random)}\nTel: +93 ${Math.floor(random() * 1e9)}\n`,
  };
}

function write(
  kind: Kind,
  people: readonly Person[],
  words: readonly string[],
  answered: Letter | undefined,
  index: number,
  random: Random,
): Letter {
  const from = answered?.to ?? pick(people, random);
  const paragraphs = kind === "tiny" ? 1 : 2 + Math.floor(random() ** 2 * 12);
  const own = Array.from({ length: paragraphs }, () => paragraph(words, random)).join("\n");
  const quoted = answered === undefined || kind === "tiny" ? "" : quote(answered);
  const id = `<${hex(random, 16)}.${index}@${from.address.split("@")[1]}>`;
  return {
    kind,
    from,
    to: answered?.from ?? pick(people, random),
    subject:
      answered === undefined ? sentence(words, random).slice(0, 50) : `Re: ${answered.subject.replace(/^Re: /, "")}`,
    id,
    references: answered === undefined ? [] : [...answered.references, answered.id].slice(-6),
    date: new Date(Date.UTC(2026, 0, 5) + index * 1_734_567 + Math.floor(random() * 600_000))
      .toUTCString()
      .replace("GMT", "+0000"),
    body: `${own}\n${quoted}${from.signature}`,
  };
}

function quote({ date, from, body }: Letter): string {
  return `On ${date}, ${from.name} wrote:\n${body.slice(0, 6000).replace(/^/gm, "> ")}\n\n`;
}

function whole(letter: Letter, random: Random): string {
  const { from, to, subject, id, references, date, kind } = letter;
  const head = [
    `Received: from mail.${from.address.split("@")[1]} (mail.${from.address.split("@")[1]} [192.0.2.${Math.floor(random() * 250)}])`,
    `\tby mx.example.org (Postfix) with ESMTPS id ${hex(random, 10).toUpperCase()}`,
    `\tfor <${to.address}>; ${date}`,
    ...(random() < 0.4
      ? [
          `DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=${from.address.split("@")[1]}; s=default;`,
          `\tbh=${base64(random, 33)};`,
          `\tb=${base64(random, 96)}`,
        ]
      : []),
    `Date: ${date}`,
    `From: ${from.name} <${from.address}>`,
    `To: ${to.name} <${to.address}>`,
    `Message-ID: ${id}`,
    ...(references.length > 0 ? [`In-Reply-To: ${references.at(-1)}`, `References: ${references.join("\n ")}`] : []),
    `Subject: ${subject}`,
    `X-Mailer: ${from.program}`,
    "MIME-Version: 1.0",
  ].join("\n");
  return `${head}\n${content(letter, kind, random)}`;
}

function content({ body }: Letter, kind: Kind, random: Random): string {
  if (kind === "tiny" || kind === "text")
    return `Content-Type: text/plain; charset=utf-8; format=flowed\nContent-Transfer-Encoding: 8bit\n\n${body}`;
  const boundary = `----=_Part_${hex(random, 12)}`;
  const part = (type: string, text: string): string => `--${boundary}\nContent-Type: ${type}\n\n${text}\n`;
  const second = kind === "html" ? part("text/html; charset=utf-8", html(body, random)) : attachment(boundary, random);
  const type = kind === "html" ? "alternative" : "mixed";
  return `Content-Type: multipart/${type}; boundary="${boundary}"\n\n${part("text/plain; charset=utf-8", body)}${second}--${boundary}--\n`;
}

/** As word processors write it: every line with markup of its own. */
function html(body: string, random: Random): string {
  const lines = body.split("\n").map((line) => {
    const style = `margin:${Math.floor(random() * 30)}pt;color:#${hex(random, 6)};font-size:${8 + Math.floor(random() * 8)}.0pt`;
    return `<p class="Mso${hex(random, 2)}" style="${style}"><span id="${hex(random, 8)}" lang="EN-GB">${line}</span></p>`;
  });
  const head = "<head><style>p.MsoNormal{margin:0cm}</style></head>";
  return `<html xmlns:o="urn:schemas-microsoft-com:office:office">${head}<body>\n${lines.join("\n")}\n</body></html>`;
}

/** A picture hardly compresses, an office document by half. */
function attachment(boundary: string, random: Random): string {
  const bytes = 60_000 + Math.floor(random() * 200_000);
  const picture = random() < 0.6;
  const data = Buffer.from(Uint8Array.from({ length: bytes }, () => Math.floor(random() * (picture ? 256 : 16))));
  const name = picture ? "photo.jpg" : "report.doc";
  const lines = data.toString("base64").replace(/.{76}/g, "$&\n");
  return `--${boundary}\nContent-Type: application/octet-stream; name="${name}"\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment; filename="${name}"\n\n${lines}\n`;
}

function pickKind(random: Random): Kind {
  let left = random() * 100;
  for (const [kind, share] of SHARES) {
    left -= share;
    if (left < 0) return kind;
  }
  return "text";
}

function pick<T>(list: readonly T[], random: Random): T {
  return list[Math.floor(random() * list.length)] as T;
}

function hex(random: Random, digits: number): string {
  return Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join("");
}

function base64(random: Random, bytes: number): string {
  return Buffer.from(Uint8Array.from({ length: bytes }, () => Math.floor(random() * 256))).toString("base64");
}
