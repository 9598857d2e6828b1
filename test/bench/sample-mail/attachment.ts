import type { Dice } from "./dice.ts";
import { type Language, paragraph, type Topic, type Voice } from "./language.ts";

export interface Attachment {
  readonly name: string;
  readonly type: string;
  readonly bytes: Buffer;
}

/** A photograph or an archive, which do not compress, or a document in an older format, which does. */
export function makeAttachment(
  dice: Dice,
  words: { readonly language: Language; readonly topic: Topic; readonly voice: Voice },
  size: number,
): Attachment {
  const kind = dice.weighed([0.4, 0.33, 0.27]);
  const name = dice.pickEarly(words.language.words);
  if (kind === 0) return { name: `${name}.zip`, type: "application/zip", bytes: archive(dice, size) };
  if (kind === 1) return { name: `${name}.jpg`, type: "image/jpeg", bytes: picture(dice, size) };
  return { name: `${name}.doc`, type: "application/msword", bytes: document(dice, words, size) };
}

function archive(dice: Dice, size: number): Buffer {
  return Buffer.concat([Buffer.from("PK\x03\x04\x14\x00\x06\x00\x08\x00", "latin1"), dice.bytes(size)]);
}

/** Coded blocks with a restart marker at times, and FF followed by 00, as in JPEG. */
function picture(dice: Dice, size: number): Buffer {
  const head = Buffer.from("\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x01\x00\x60\x00\x60\x00\x00", "latin1");
  const parts: Buffer[] = [head];
  for (let left = size; left > 0; left -= 2000) {
    const block = dice.bytes(Math.min(left, 2000)).toString("latin1").replaceAll("\xff", "\xff\x00");
    parts.push(Buffer.from(`${block}\xff${String.fromCharCode(0xd0 + dice.between(0, 8))}`, "latin1"));
  }
  return Buffer.concat(parts);
}

/** Text of two bytes a character, tables of records with small numbers, a picture, and room that was left. */
function document(
  dice: Dice,
  { language, topic, voice }: { readonly language: Language; readonly topic: Topic; readonly voice: Voice },
  size: number,
): Buffer {
  const parts: Buffer[] = [Buffer.from("d0cf11e0a1b11ae1", "hex"), Buffer.alloc(504, 0xff)];
  for (let left = size; left > 0; left -= parts.at(-1)?.length ?? left) {
    const kind = dice.weighed([0.45, 0.25, 0.15, 0.15]);
    if (kind === 0) parts.push(Buffer.from(paragraph(dice, language, topic, voice), "utf16le"));
    else if (kind === 1) parts.push(records(dice));
    else if (kind === 2) parts.push(dice.bytes(Math.min(left, dice.between(200, 2500))));
    else parts.push(Buffer.alloc(dice.between(64, 512)));
  }
  return Buffer.concat(parts);
}

function records(dice: Dice): Buffer {
  const table = Buffer.alloc(32 * dice.between(4, 40));
  for (let at = 0; at < table.length; at += 32) {
    table.writeUInt32LE(at * 16, at);
    table.writeUInt16LE(dice.between(0, 2000), at + 8);
    table.writeUInt16LE(dice.between(0, 65_536), at + 20);
  }
  return table;
}
