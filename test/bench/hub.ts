import { join } from "node:path";
import { makeStar } from "../support/star.ts";
import { bareCalls, type Contender, hubBy, postfixBySmtp } from "./contenders.ts";
import { idleNodes, largeMessage } from "./hub-memory.ts";
import { hubReport } from "./hub-report.ts";
import { interleave, type Series } from "./interleave.ts";
import { type MeasuredNode, startMeasured } from "./measured-node.ts";
import { startPostfix } from "./postfix.ts";
import type { BenchOptions, Report, Suite } from "./suite.ts";

/** How fast and how large a hub is: SMTP and QMTP into one office's queue, beside the disk's own speed and Postfix. */
export const hubSuite: Suite = {
  name: "hub",
  seconds: 3,
  doc: "messages accepted durably by SMTP and QMTP, beside the disk's ceiling and Postfix; memory",
  run: runHub,
};

const OFFICE = "herat";
const PERSON = "reza";
const RECIPIENT = `${PERSON}@example.org`;

async function runHub(options: BenchOptions): Promise<Report> {
  const star = await makeStar({
    dir: options.dir,
    offices: [OFFICE],
    people: { [PERSON]: OFFICE },
    sink: true,
    // All load comes from one address, and may go on to the Internet.
    set: ["limits.per-address=100"],
    hubToml: '[[smtp.rule]]\nfrom = "127.0.0.1"\nrelay = true',
  });
  const hub = await startMeasured("hub", star.hub);
  try {
    const idle = await idleNodes(hub, star.spoke(OFFICE), options.say);
    const { series, postfix } = await measureSpeed(hub, options);
    const large = await largeMessage(hub, star.spoke(OFFICE), RECIPIENT, options.say);
    return hubReport({ options, series, postfix, idle, large });
  } finally {
    await hub.stop();
    await star.sink?.close();
  }
}

async function measureSpeed(hub: MeasuredNode, options: BenchOptions): Promise<{ series: Series[]; postfix: string }> {
  const postfix = await startPostfix(join(options.dir, "postfix"), "example.org");
  const present = "port" in postfix;
  options.say(present ? `Postfix ${postfix.version} is measured beside the hub` : `${postfix.missing}: not compared`);
  try {
    const contenders: Contender[] = [
      bareCalls(options.dir, "threads"),
      hubBy("qmtp", hub, OFFICE, RECIPIENT),
      hubBy("smtp", hub, OFFICE, RECIPIENT),
      ...(present ? [postfixBySmtp(postfix, RECIPIENT)] : []),
      bareCalls(options.dir, "naive"),
    ];
    return { series: await interleave(contenders, options), postfix: present ? postfix.version : postfix.missing };
  } finally {
    if (present) await postfix.stop();
  }
}
