import { rewrapBase64, unwrapBase64 } from "#shared/link/encoding/unwrap-base64.js";
import { envelopeLines, historyItem, KEPT_OF_LONG } from "#shared/link/history-item.js";
import type { Codec, Contender } from "./encoding-codecs.ts";
import { CLASSES, type MailClass, type SampleMessage } from "./sample-mail/letter.ts";

/** What a contender made of the mail of one class, or of all. */
export interface Sum {
  messages: number;
  raw: number;
  encoded: number;
  encodeMs: number;
  decodeMs: number;
}

export type Sums = Readonly<Record<MailClass | "all", Sum>>;

/**
 * Encodes each message alone, on what went before it: `before` and then the messages measured so far. Each is decoded by
 * another codec that has seen the same, and compared.
 *
 * @param unwrap whether base64 bodies are encoded, and remembered, as their bytes
 * @throws Error when a message does not come back as it was
 */
export function measureContender(
  contender: Contender,
  before: readonly SampleMessage[],
  mail: readonly SampleMessage[],
  unwrap: boolean,
): Sums {
  const history = before.map((message) => remembered(message, unwrap));
  const [sender, receiver] = [contender.make(history), contender.make(history)];
  const sums = emptySums();
  for (const message of mail) {
    const result = oneMessage(sender, receiver, message, unwrap);
    if (!result.back.equals(message.text))
      throw new Error(
        `A message of ${message.text.length} bytes came out otherwise than it went in: ${contender.name}`,
      );
    for (const sum of [sums[message.class], sums.all]) {
      sum.messages += 1;
      sum.raw += message.text.length;
      sum.encoded += result.size;
      sum.encodeMs += result.encodeMs;
      sum.decodeMs += result.decodeMs;
    }
    const item = remembered(message, unwrap);
    sender.advance(item);
    receiver.advance(item);
  }
  return sums;
}

interface OneResult {
  readonly size: number;
  readonly encodeMs: number;
  readonly decodeMs: number;
  readonly back: Buffer;
}

function oneMessage(sender: Codec, receiver: Codec, message: SampleMessage, unwrap: boolean): OneResult {
  const { text } = message;
  const tail = envelopeLines(headerOf(message));
  const began = performance.now();
  const unwrapped = unwrap ? unwrapBase64(text) : undefined;
  const content = unwrapped ?? text;
  const encoded = sender.encode(content, tail);
  const between = performance.now();
  const decoded = receiver.decode(encoded, content.length, tail);
  const back = Buffer.from(unwrapped === undefined ? decoded : rewrapBase64(decoded, text.length));
  const ended = performance.now();
  // What does not compress is sent as it is.
  const size = Math.min(encoded.length, content.length);
  return { size, encodeMs: between - began, decodeMs: ended - between, back };
}

/** Of a longer message the history keeps the beginning only. */
const LONG_MESSAGE = 64 * 1024;

function remembered(message: SampleMessage, unwrap: boolean): Uint8Array {
  const header = headerOf(message);
  if (unwrap) return historyItem(header, message.text);
  const kept = header.size > LONG_MESSAGE ? message.text.subarray(0, KEPT_OF_LONG) : message.text;
  return Buffer.concat([envelopeLines(header), kept]);
}

/** Corpus mail has no envelope: its header's addresses stand for it. */
function headerOf({ text, sender, recipients }: SampleMessage) {
  return {
    mailId: text.length.toString(32).padStart(16, "a"),
    sender,
    recipients: recipients.map((address) => ({ address })),
    size: text.length,
  };
}

function emptySums(): Sums {
  const empty = (): Sum => ({ messages: 0, raw: 0, encoded: 0, encodeMs: 0, decodeMs: 0 });
  const sums = Object.fromEntries([...CLASSES, "all"].map((kind) => [kind, empty()]));
  return sums as Record<MailClass | "all", Sum>;
}
