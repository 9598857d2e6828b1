import type { SampleMessage } from "../sample-mail/letter.ts";
import { type Carriage, type Contender, PLAIN } from "./carriage.ts";
import { linkScene } from "./scene.ts";

/** The session with `history` crossed before, the first session of all, and plain QMTP between the same two nodes. */
export function ourContenders(history: readonly SampleMessage[]): Contender[] {
  return [
    { by: "qrelay", open: () => session(history) },
    { by: "qrelay, first ever", open: () => session(undefined) },
    { by: PLAIN, open: plainQmtp },
  ];
}

/** @param history  crossed before, in a session that is not measured; absent when the two have never met */
async function session(history: readonly SampleMessage[] | undefined): Promise<Carriage> {
  const scene = await linkScene();
  if (history !== undefined) {
    await scene.fill(history);
    await scene.session(scene.linkPort, {});
  }
  return {
    caller: "office",
    port: scene.linkPort,
    queue: scene.fill,
    call: async (port, half, ms) => void (await scene.session(port, { half }, ms)),
    waiting: async () => (await scene.waiting()).messages,
    delivered: scene.delivered,
    close: scene.close,
  };
}

async function plainQmtp(): Promise<Carriage> {
  const scene = await linkScene();
  // An office knows nobody before its first session, and refuses all mail.
  await scene.session(scene.linkPort, {});
  return {
    caller: "hub",
    port: scene.qmtpPort,
    queue: scene.fill,
    call: async (port, _half, ms) => void (await scene.plain(port, ms)),
    waiting: async () => (await scene.waiting()).messages,
    delivered: scene.delivered,
    close: scene.close,
  };
}
