import type { Profile } from "../../support/thin-line/profile.ts";
import { startThinLine } from "../../support/thin-line/thin-line.ts";
import { CLASSES, type MailClass, type SampleMessage } from "../sample-mail/letter.ts";
import { linkScene } from "./scene.ts";

/** What crosses the wire for each kind of mail, both ways, TLS and answers included, against plain QMTP's bytes. */
export interface BytesRow {
  readonly kind: MailClass | "empty session";
  readonly messages: number;
  /** Of the messages as stored. */
  readonly raw: number;
  readonly qmtp: number;
  readonly cold: number;
  readonly warm: number;
  /** Ms of encoding, crossing a line of 10 KB/s, decoding and storing, a message. */
  readonly ms: number;
}

/** Slow enough for the best codecs: on loopback the link prefers the quick ones. */
const LINE: Profile = {
  says: "no cuts, 10 KB/s",
  up: 80_000,
  down: 80_000,
  latency: 20,
  half: false,
  turn: 0,
  setup: 0,
  mtbcSec: 86_400,
  windowSec: 86_400,
  windowsPerDay: 1,
};
/** Of the mail, so much has crossed before. */
const HISTORY_SHARE = 0.35;

export async function bytesRun(mail: readonly SampleMessage[], say: (line: string) => void): Promise<BytesRow[]> {
  const split = Math.floor(mail.length * HISTORY_SHARE);
  const before = mail.slice(0, split);
  const rows: BytesRow[] = [];
  const warm = await linkScene();
  try {
    await warm.fill(before);
    await measured(warm, before.length);
    rows.push(await emptyRow(warm));
    for (const kind of CLASSES) {
      const list = mail.slice(split).filter((one) => one.class === kind);
      if (list.length === 0) continue;
      say(`bytes on the wire: ${kind}`);
      rows.push(await kindRow(kind, list, warm));
    }
  } finally {
    await warm.close();
  }
  return rows;
}

type Scene = Awaited<ReturnType<typeof linkScene>>;

async function emptyRow(scene: Scene): Promise<BytesRow> {
  const { wire } = await scene.session(scene.linkPort, {});
  const bytes = wire.up + wire.down;
  return { kind: "empty session", messages: 0, raw: 0, qmtp: 0, cold: bytes, warm: bytes, ms: 0 };
}

async function kindRow(kind: MailClass, list: readonly SampleMessage[], warm: Scene): Promise<BytesRow> {
  const fresh = await linkScene();
  try {
    await fresh.fill(list);
    const { bytes: raw } = await fresh.waiting();
    const plain = await plainBytes(list);
    const cold = await measured(fresh, list.length);
    await warm.fill(list);
    const { wire, ms } = await measured(warm, list.length);
    return { kind, messages: list.length, raw, qmtp: plain, cold: cold.wire, warm: wire, ms };
  } finally {
    await fresh.close();
  }
}

async function plainBytes(list: readonly SampleMessage[]): Promise<number> {
  const scene = await linkScene();
  try {
    // An office knows nobody before its first session, and refuses all mail.
    await scene.session(scene.linkPort, {});
    await scene.fill(list);
    const { messages, wire } = await scene.plain(scene.qmtpPort);
    if (messages !== list.length) throw new Error(`Plain QMTP brought ${messages} of ${list.length}`);
    return wire;
  } finally {
    await scene.close();
  }
}

async function measured(scene: Scene, messages: number): Promise<{ wire: number; ms: number }> {
  const line = await startThinLine({
    profile: LINE,
    connect: { host: "127.0.0.1", port: scene.linkPort },
    cuts: false,
  });
  const began = performance.now();
  const report = await scene.session(line.port, {}).finally(() => line.close());
  if (report.ended !== "drained" || report.received.messages !== messages)
    throw new Error(`A session brought ${report.received.messages} of ${messages}: ${report.ended}, ${report.reason}`);
  return { wire: report.wire.up + report.wire.down, ms: (performance.now() - began) / messages };
}
