import type { Profile } from "../../support/thin-line/profile.ts";
import { startThinLine } from "../../support/thin-line/thin-line.ts";
import type { SampleMessage } from "../sample-mail/letter.ts";
import type { Contender } from "./carriage.ts";

/** One window of a line, with its cuts, by one contender. */
export interface WindowRow {
  readonly line: string;
  /** Seconds of a whole window of that line. */
  readonly windowSec: number;
  readonly by: string;
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
  /** Seconds with the carrier up. */
  readonly upSec: number;
  /** Ms of the line that were measured; the window may be longer. */
  readonly ms: number;
}

export interface WindowOptions {
  readonly name: string;
  readonly profile: Profile;
  readonly mail: readonly SampleMessage[];
  readonly speed: number;
  /** Real seconds that a measurement may take. */
  readonly seconds: number;
  readonly seed: number;
  readonly cuts?: boolean;
  /** Seconds with the carrier up, instead of the profile's own accidents. */
  readonly cutEverySec?: number;
}

/** No contender makes mail smaller than by this factor, as far as a queue that must not run dry is concerned. */
const SMALLEST = 10;
/** Bytes, at the least. */
const QUEUE_FLOOR = 200_000;
/** As the profile has it; a person would try again at once. */
const REDIAL_MS = 1000;

export async function windowRun(options: WindowOptions, { by, open }: Contender): Promise<WindowRow> {
  const { profile, speed, seconds, seed } = options;
  const { up, down } = profile;
  const lineMs = Math.min(profile.windowSec * 1000, seconds * 1000 * speed);
  const carriage = await open();
  await carriage.queue(enough(options.mail, (lineMs / 1000) * (down / 8)));
  const line = await startThinLine({
    profile: {
      ...profile,
      ...(carriage.caller === "hub" ? { up: down, down: up } : {}),
      windowSec: lineMs / 1000,
    },
    connect: { host: "127.0.0.1", port: carriage.port },
    speed,
    seed,
    ...(options.cuts === undefined ? {} : { cuts: options.cuts }),
    ...(options.cutEverySec === undefined ? {} : { cutEverySec: options.cutEverySec }),
  });
  const before = await carriage.delivered();
  const began = performance.now();
  const end = began + (lineMs + profile.setup) / speed;
  let sessions = 0;
  try {
    for (let left = end - performance.now(); left > 50; left = end - performance.now()) {
      sessions += 1;
      // A call that a cut ends is one of the things measured.
      await carriage.call(line.port, profile.half, left).catch(() => undefined);
      if ((await carriage.waiting()) === 0) break;
      await new Promise((resolve) => setTimeout(resolve, REDIAL_MS / speed));
    }
    const ms = performance.now() - began;
    const after = await carriage.delivered();
    const { bytes, busy, turns, cuts, upSec } = line.stats();
    const messages = after.messages - before.messages;
    return {
      line: options.name,
      windowSec: profile.windowSec,
      by,
      messages,
      bytes: after.bytes - before.bytes,
      doubled: after.doubled - before.doubled,
      wirePerMessage: (bytes.up + bytes.down) / Math.max(1, messages),
      busy: (profile.half ? busy.up + busy.down : Math.max(busy.up, busy.down)) / (upSec * 1000),
      turns,
      sessions,
      cuts,
      upSec,
      // Less than the window when everything had gone before its end.
      ms: Math.min(lineMs, ms * speed - profile.setup),
    };
  } finally {
    await line.close();
    await carriage.close();
  }
}

/** As much of the mail as will last for `capacity` bytes of line: some contenders take long to queue a message. */
function enough(mail: readonly SampleMessage[], capacity: number): SampleMessage[] {
  let bytes = 0;
  return mail.filter(({ text }) => {
    const before = bytes;
    bytes += text.length;
    return before < capacity * SMALLEST + QUEUE_FLOOR;
  });
}
