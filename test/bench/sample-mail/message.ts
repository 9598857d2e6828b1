import type { Attachment } from "./attachment.ts";
import type { Dice } from "./dice.ts";
import type { Letter } from "./letter.ts";
import { htmlOf } from "./markup.ts";
import { date, LIST_FOOTER, traceLines } from "./trace.ts";

/** The bytes of a letter, LF line ends as a mailbox stores them. */
export function messageOf(dice: Dice, letter: Letter, attachment: Attachment | undefined): Buffer {
  const { from } = letter;
  const head = [...traceLines(dice, letter), ...ownLines(dice, letter)].join("\n");
  if (letter.class === "tiny" || letter.class === "text")
    return latin1(
      `${head}\n${textPart(letter.body)}${letter.class === "text" && from.route === "list" ? LIST_FOOTER : ""}`,
    );
  const boundary = from.program.boundary(dice);
  const parts = attachment === undefined ? htmlParts(dice, letter) : [textPart(letter.body), filePart(attachment)];
  const kind = attachment === undefined ? "alternative" : "mixed";
  const body = parts.map((part) => `--${boundary}\n${part}\n`).join("");
  return latin1(`${head}\nContent-Type: multipart/${kind};\n boundary="${boundary}"\n\n${body}--${boundary}--\n`);
}

function ownLines(dice: Dice, { from, to, subject, id, references, ms }: Letter): string[] {
  const answered = references.at(-1);
  const [first, ...others] = to.map(({ name, address }) => `${name} <${address}>`);
  return [
    `Date: ${date(ms)}`,
    `From: ${from.name} <${from.address}>`,
    `To: ${first ?? ""}`,
    ...(others.length > 0 ? [`Cc: ${others.join(",\n ")}`] : []),
    `Subject: ${subject}`,
    `Message-ID: <${id}>`,
    ...(answered === undefined ? [] : [`In-Reply-To: <${answered}>`]),
    ...(references.length > 0 ? [`References: ${references.map((one) => `<${one}>`).join("\n ")}`] : []),
    ...from.program.lines.map((line) => (line.startsWith("Thread-Index") ? line + dice.base64(28) : line)),
    "MIME-Version: 1.0",
  ];
}

function textPart(body: string): string {
  return `Content-Type: text/plain; charset="utf-8"\nContent-Transfer-Encoding: 7bit\n\n${body}`;
}

/** The same text twice, and under some a picture: as word processors and webmail do it. */
function htmlParts(dice: Dice, { from, body }: Letter): string[] {
  const html = htmlOf(dice, body, from.program.markup);
  const coding = dice.weighed([0.35, 0.49, 0.16]);
  const type = 'Content-Type: text/html; charset="utf-8"';
  const parts = [textPart(body)];
  if (coding === 0) parts.push(`${type}\nContent-Transfer-Encoding: 7bit\n\n${html}`);
  else if (coding === 1) parts.push(`${type}\nContent-Transfer-Encoding: quoted-printable\n\n${quotedPrintable(html)}`);
  else parts.push(`${type}\nContent-Transfer-Encoding: base64\n\n${base64(latin1(html))}`);
  if (dice.chance(0.3)) parts.push(filePart({ name: "image001.png", type: "image/png", bytes: from.logo }));
  return parts;
}

function filePart({ name, type, bytes }: Attachment): string {
  return `Content-Type: ${type}; name="${name}"\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment; filename="${name}"\n\n${base64(bytes)}`;
}

function base64(bytes: Buffer): string {
  return bytes.toString("base64").replace(/.{76}(?=.)/g, "$&\n");
}

/** RFC 2045 §6.7, lines of at most 76. */
function quotedPrintable(text: string): string {
  const escaped = text.replace(
    /[=\x80-\xff]/g,
    (one) => `=${one.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
  // A line is not broken inside "=3D".
  return escaped.replace(/((?:=[0-9A-F]{2}|[^\n=]){73,75}?)(?=[^\n]{2})(?<!=[0-9A-F]?)/g, "$1=\n");
}

function latin1(text: string): Buffer {
  return Buffer.from(text, "latin1");
}
