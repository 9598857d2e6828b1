import { expect, it } from "vitest";
import { checksumOf } from "./checksum.ts";
import { encodeParcel } from "./encode-parcel.ts";
import { STATIC_DICTIONARY_ID } from "./encoding/static-dictionary.ts";
import { addressesOf } from "./history-item.ts";
import { ROOT } from "./kept/history-state.ts";
import type { ParcelHeader } from "./parcel.ts";
import { type HistoryStore, SharedContext } from "./shared-context.ts";
import { encodeFrame } from "./wire/frame.ts";
import type { Frame } from "./wire/frame-types.ts";
import { DEFAULT_HELLO } from "./wire/hello.ts";
import { writeIntro } from "./wire/parcel-head.ts";

/** PROTOCOL-SESSION.md, made here from the code that speaks: `npx vitest run shared/link/protocol-session.test.ts -u`. */
const NO_HISTORY: HistoryStore = {
  has: (state) => state === ROOT,
  window: (state) => (state === ROOT ? [] : undefined),
  append: async (_parent, _item) => ROOT,
};
const NOTHING = { messages: 0, bytes: 0 };
const HELLO = { ...DEFAULT_HELLO, mixing: true, held: ROOT, dictionary: STATIC_DICTIONARY_ID };

const UP = `Received: from [127.0.0.1] ([127.0.0.1])
  by herat.example.org with ESMTP id ABCDEFGHIJKLMNOP; Mon, 12 Jan 2026 09:15:42 +0430
From: Holly <holly@example.org>
To: Maria <maria@example.org>
Subject: The road to the north

It is open again. We leave tomorrow morning.
`;

async function parcel(): Promise<{ head: Uint8Array; body: Uint8Array }> {
  const plain = Buffer.from(UP);
  const header: ParcelHeader = {
    kind: "mail",
    mailId: "ABCDEFGHIJKLMNOP",
    sender: "holly@example.org",
    recipients: [{ address: "maria@example.org" }],
    class: "small",
    fields: {},
    size: plain.length,
    checksum: checksumOf(plain),
  };
  const context = SharedContext.open(NO_HISTORY, NO_HISTORY, { own: ROOT, other: ROOT });
  if (context === undefined) throw new Error("There is no beginning");
  // Brotli, so that this page does not change with the mixing model's tuning.
  const { encoding, bytes } = await encodeParcel(plain, header, context, {
    mixing: false,
    history: true,
    quick: false,
  });
  expect(addressesOf(header)).toHaveLength(2);
  const intro = { kind: "fresh", header, encoding, encodedLength: bytes.length, assumed: { completed: 0 } } as const;
  return { head: writeIntro(intro, []), body: bytes };
}

function block(who: string, says: string, frame: Frame): string {
  const bytes = Buffer.from(encodeFrame(frame));
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const part = bytes.subarray(at, at + 16);
    const hex = part.toString("hex").replace(/../g, "$& ").trimEnd().padEnd(47);
    lines.push(`    ${hex}  ${part.toString("latin1").replace(/[^\x20-\x7e]/g, ".")}`);
  }
  return `**${who}** ${says} (${bytes.length} bytes)\n\n${lines.join("\n")}\n`;
}

it("PROTOCOL-SESSION.md shows what the code says", async () => {
  const { head, body } = await parcel();
  const page = [
    "# One session, byte by byte\n",
    "Made from the code by `protocol-session.test.ts`. An office with one message dials on half duplex; headquarters has nothing for it.",
    "TLS is left out: each group of frames below is one TLS record. Fields are explained in [PROTOCOL.md](PROTOCOL.md).\n",
    "## First over: the office\n",
    block(
      "Hello:",
      `the time (tag 2), flags 5 = decodes mixing, half duplex (tag 3), the newest state of what came from the peer (tag 8: the beginning), the static dictionary ${STATIC_DICTIONARY_ID} (tag 9)`,
      {
        kind: "hello",
        hello: { ...HELLO, time: 1_768_209_342, half: true },
      },
    ),
    block(
      "Parcel",
      "on stream 1: flags 0x50 = class small, brotli with history; 01 assumes the base in force and nothing after it; encoded length, size, checksum, mail id, two addresses that are not known yet (00, length, text) around the number of recipients",
      {
        kind: "parcel",
        stream: 1,
        head,
      },
    ),
    block("Data", "of stream 1: the whole body", { kind: "data", stream: 1, bytes: body }),
    block("Turn:", "nothing more to say, no bytes taken, nothing left", {
      kind: "turn",
      more: false,
      received: 0,
      left: NOTHING,
    }),
    "## Second over: headquarters\n",
    block("Hello:", "without the duplex, which is the dialler's word", {
      kind: "hello",
      hello: { ...HELLO, time: 1_768_209_360, stay: true },
    }),
    block("Answer", "to stream 1: taken for every recipient, and durable", {
      kind: "answer",
      answer: { stream: 1, taken: true, further: 0 },
    }),
    block("Bye:", "drained. The office closes the carrier", { kind: "bye", reason: "drained", left: NOTHING }),
  ].join("\n");
  await expect(page).toMatchFileSnapshot("PROTOCOL-SESSION.md");
});
