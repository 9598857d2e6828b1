import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../support/eventually.ts";
import { flush } from "../support/star.ts";
import { type MeasuredNode, startMeasured } from "./measured-node.ts";
import { cpuMs, forgetPeak, memoryOf } from "./proc.ts";
import { runLoad } from "./run-worker.ts";

export interface Idle {
  /** Resident, in bytes. */
  readonly memory: number;
  /** CPU milliseconds used in one second. */
  readonly cpuMsPerSecond: number;
}

/** After the start: garbage is collected, the first housekeeping is done. */
const SETTLE_MS = 5000;
const IDLE_MS = 20_000;

/** Hub and spoke with nothing to do. The spoke runs only for this. */
export async function idleNodes(
  hub: MeasuredNode,
  spokeDir: string,
  say: (line: string) => void,
): Promise<{ hub: Idle; spoke: Idle }> {
  say(`hub and spoke idle for ${(SETTLE_MS + IDLE_MS) / 1000} s`);
  const spoke = await startMeasured("spoke", spokeDir);
  try {
    await sleep(SETTLE_MS);
    const before = [cpuMs(hub.pid), cpuMs(spoke.pid)];
    await sleep(IDLE_MS);
    const [hubIdle, spokeIdle] = [hub, spoke].map(({ pid }, index) => ({
      memory: memoryOf(pid).now,
      cpuMsPerSecond: (cpuMs(pid) - (before[index] ?? 0)) / (IDLE_MS / 1000),
    })) as [Idle, Idle];
    return { hub: hubIdle, spoke: spokeIdle };
  } finally {
    await spoke.stop();
  }
}

export interface LargeStep {
  readonly step: string;
  readonly hubPeak: number;
  readonly spokePeak?: number;
}

/** Just below limits.message (25,000,000) once CRLF ends every line. */
export const LARGE_BYTES = 24_500_000;
const LARGE_STEP_MS = 120_000;

/** The most memory that is resident while one large message comes in by SMTP, crosses the link, and leaves by SMTP. */
export async function largeMessage(
  hub: MeasuredNode,
  spokeDir: string,
  recipient: string,
  say: (line: string) => void,
): Promise<{ before: number; steps: LargeStep[] }> {
  say("one message of 25 MB: in by SMTP, out by the link, out by SMTP");
  const before = memoryOf(hub.pid).now;
  const spoke = await startMeasured("spoke", spokeDir);
  const steps: LargeStep[] = [];
  try {
    forgetPeak(hub.pid);
    await sendLarge(hub, recipient);
    steps.push({ step: "in by SMTP", hubPeak: memoryOf(hub.pid).peak });

    for (const node of [hub, spoke]) forgetPeak(node.pid);
    await flush(spokeDir, hub.port("link"));
    await eventually(() => isEmpty(hub, "office/herat"), LARGE_STEP_MS, "the link to carry the message");
    steps.push({ step: "out by the link", hubPeak: memoryOf(hub.pid).peak, spokePeak: memoryOf(spoke.pid).peak });

    forgetPeak(hub.pid);
    await sendLarge(hub, "somebody@elsewhere.example");
    await eventually(() => isEmpty(hub, "internet"), LARGE_STEP_MS, "the message to leave by SMTP");
    steps.push({ step: "in and out by SMTP", hubPeak: memoryOf(hub.pid).peak });
    return { before, steps };
  } finally {
    await spoke.stop();
  }
}

async function sendLarge(hub: MeasuredNode, recipient: string): Promise<void> {
  const one = { connections: 1, inFlight: 1, messages: 1, seconds: LARGE_STEP_MS / 1000 };
  const mail = { bytes: LARGE_BYTES, sender: "bench@sender.example", recipient };
  const { accepted, refusal } = await runLoad({ protocol: "smtp", port: hub.port("smtp"), ...one, ...mail });
  if (accepted !== 1) throw new Error(`Cannot send 25 MB: ${refusal}`);
}

async function isEmpty(hub: MeasuredNode, queue: string): Promise<boolean> {
  return (await readdir(join(hub.dir, "queue", queue, "new"))).length === 0;
}
