import type { Profile } from "../../support/thin-line/profile.ts";
import { startThinLine } from "../../support/thin-line/thin-line.ts";
import type { SampleMessage } from "../sample-mail/letter.ts";
import { linkScene } from "./scene.ts";

/** One window of a line, with its cuts, by the session and by plain QMTP. */
export interface WindowRow {
  readonly profile: string;
  readonly by: "qrelay" | "qrelay, first ever" | "plain QMTP";
  readonly messages: number;
  /** As stored. */
  readonly bytes: number;
  /** That came a second time. */
  readonly doubled: number;
  /** Bytes on the carrier a message. */
  readonly wirePerMessage: number;
  /** Share of the time with the carrier up in which the fuller direction was sending. */
  readonly busy: number;
  readonly turns: number;
  readonly sessions: number;
  readonly cuts: number;
  /** Ms of the line that were measured; the window may be longer. */
  readonly ms: number;
}

export interface WindowOptions {
  readonly name: string;
  readonly profile: Profile;
  readonly mail: readonly SampleMessage[];
  /** What crossed before, in sessions that are not measured. */
  readonly history: readonly SampleMessage[];
  readonly speed: number;
  /** Real seconds that a measurement may take. */
  readonly seconds: number;
  readonly seed: number;
  readonly cutEverySec?: number;
  readonly cuts?: boolean;
}

/** As the profile has it; a person would try again at once. */
const REDIAL_MS = 1000;

export async function windowRun(options: WindowOptions, by: WindowRow["by"]): Promise<WindowRow> {
  const { profile, mail, history, speed, seconds, seed } = options;
  const scene = await linkScene();
  const plain = by === "plain QMTP";
  if (by === "qrelay") await scene.fill(history);
  // An office knows nobody before its first session, and refuses all mail.
  if (by !== "qrelay, first ever") await scene.session(scene.linkPort, {});
  await scene.fill(mail);
  const lineMs = Math.min(profile.windowSec * 1000, seconds * 1000 * speed);
  const line = await startThinLine({
    // The mail comes down; in plain QMTP the hub dials, and its "up" is the office's "down".
    profile: plain
      ? { ...profile, up: profile.down, down: profile.up, windowSec: lineMs / 1000 }
      : { ...profile, windowSec: lineMs / 1000 },
    connect: { host: "127.0.0.1", port: plain ? scene.qmtpPort : scene.linkPort },
    speed,
    seed,
    ...(options.cuts === undefined ? {} : { cuts: options.cuts }),
    ...(options.cutEverySec === undefined ? {} : { cutEverySec: options.cutEverySec }),
  });
  const before = await scene.delivered();
  const began = performance.now();
  const end = performance.now() + (lineMs + profile.setup) / speed;
  let sessions = 0;
  try {
    for (let left = end - performance.now(); left > 50; left = end - performance.now()) {
      sessions += 1;
      const half = { half: profile.half };
      const work = plain ? scene.plain(line.port, left) : scene.session(line.port, half, left);
      await work.catch(() => undefined);
      if ((await scene.waiting()).messages === 0) break;
      await new Promise((resolve) => setTimeout(resolve, REDIAL_MS / speed));
    }
    const after = await scene.delivered();
    const { bytes, busy, turns, cuts, upSec } = line.stats();
    const messages = after.messages - before.messages;
    return {
      profile: options.name,
      by,
      messages,
      bytes: after.bytes - before.bytes,
      doubled: after.doubled - before.doubled,
      wirePerMessage: (bytes.up + bytes.down) / Math.max(1, messages),
      busy: (profile.half ? busy.up + busy.down : Math.max(busy.up, busy.down)) / (upSec * 1000),
      turns,
      sessions,
      cuts,
      // Less than the window when everything had gone before its end.
      ms: Math.min(lineMs, (performance.now() - began) * speed - profile.setup),
    };
  } finally {
    await line.close();
    await scene.close();
  }
}
