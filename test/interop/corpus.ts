/**
 * Messages that a relay may be tempted to mend. All are legal in QMTP, which promises to keep them byte for byte;
 * most of them break one rule or another of RFC 5322. The same seed gives the same messages.
 */
export interface CorpusMessage {
  /** What is odd about it, for the report of a failure. */
  readonly kind: string;
  /** Its own, so that it is found again whatever its text. */
  readonly sender: string;
  readonly text: Buffer;
}

type Maker = (random: Random) => Buffer;
type Random = (below: number) => number;

const HEADER = "From: Ann <ann@example.net>\nTo: all\nSubject: corpus\n";
const LONG_LINE = 10_240;
const MEGABYTE = 1024 * 1024;

/** Kinds cycle, so any prefix of the corpus has as many of them as it has room for; the large ones stand apart. */
const KINDS: Readonly<Record<string, Maker>> = {
  "plain text": () => text(`${HEADER}\nHello\n`),
  "8-bit UTF-8": () => text(`${HEADER}\nکابل, Zürich, 日本 😀\n`),
  "8-bit that is no UTF-8": (random) => Buffer.concat([text(`${HEADER}\n`), bytes(random, 300, 128, 128), text("\n")]),
  "lines of 10 KB": () =>
    text(`${HEADER}X-Long: ${"h".repeat(990)}\n\n${"l".repeat(LONG_LINE)}\n${"m".repeat(LONG_LINE)}\n`),
  NUL: () => text(`${HEADER}\n\0one\0\0two\n\0`),
  "bare CR": () => text(`${HEADER}\n\rone\rtwo\r\n\r\r\nthree\r`),
  "CRLF text": () => text(`${HEADER}\nOne\n.\n..\nTwo\n`.replaceAll("\n", "\r\n")),
  "no final newline": () => text(`${HEADER}\nThe end is missin`),
  "dot lines": () => text(`${HEADER}\n.\n..\n...\n.x\n\n.\n`),
  "empty body": () => text(`${HEADER}\n`),
  "header without body": () => text(HEADER),
  "no header": () => text("Just text, and a line with: a colon\nthat is not meant\n"),
  "From lines": () =>
    text(`From ann@example.net Thu Jan  1 00:00:00 1970\n${HEADER}\nFrom here on\n>From there\n\nFrom \n`),
  "nothing at all": () => Buffer.alloc(0),
  "newlines only": () => text("\n\n\n"),
  "begins with a blank": () => text(` folded into nothing\n\t${HEADER}\nx\n`),
  "looks like an envelope": () =>
    text(
      `Return-Path: <evil@example.net>\nDelivered-To: root@example.org\nX-Qrelay-Entry: id=AAAAAAAAAAAAAAAA born=1\n${HEADER}\nx\n`,
    ),
  "looks like QMTP": () => text(`${HEADER}\n12:\nhello world,3:a@b,5:2:c@,,\n`),
  "random bytes": (random) => bytes(random, 1 + random(5000), 0, 256),
  "a few KB of lines": (random) => Buffer.concat([text(`${HEADER}\n`), lines(random, 20 + random(200))]),
};

/** @param megabytes how many of them are as large as that */
export function corpus(size: number, megabytes = 1, seed = 209): CorpusMessage[] {
  const random = generator(seed);
  const kinds = Object.entries(KINDS);
  return Array.from({ length: size }, (_, index) => {
    const [kind, make] = kinds[index % kinds.length] as [string, Maker];
    const sender = `c${index}@corpus.example`;
    if (index >= size - megabytes) return { kind: "1 MB", sender, text: bytes(random, MEGABYTE, 0, 256) };
    return { kind, sender, text: make(random) };
  });
}

function text(value: string): Buffer {
  return Buffer.from(value, "utf8");
}

function bytes(random: Random, length: number, from: number, range: number): Buffer {
  return Buffer.from(Array.from({ length }, () => from + random(range)));
}

function lines(random: Random, count: number): Buffer {
  return Buffer.concat(Array.from({ length: count }, () => text(`${"word ".repeat(random(16))}\n`)));
}

/** A linear congruential generator (Numerical Recipes' constants): reproducible, no more is asked of it. */
function generator(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
