import type { KnownAnswer } from "#hub/internet/recipient-probes.js";
import type { Decision, Step } from "#hub/routing/decision.js";
import { spanInWords } from "#shared/cli/words.js";
import { askDaemon } from "#shared/io/control.js";

/** What the running hub knows of recipients that other hosts are asked about. Asks the hub, never those hosts. */
export async function knownAnswers(dir: string, { destinations }: Decision): Promise<Step[]> {
  const steps: Step[] = [];
  for (const one of destinations) {
    if (one.kind !== "smtp" || one.probe === undefined) continue;
    const request = { command: "probe-known", args: { route: one.probe, recipient: one.recipient } };
    const answered = await askDaemon(dir, request);
    steps.push({ rule: "probe", record: one.probe, says: inWords(one.name, answered?.result as KnownAnswer | null) });
  }
  return steps;
}

function inWords(host: string, known: KnownAnswer | null | undefined): string {
  if (known === undefined) return `no hub is running that could know an answer: would ask ${host}`;
  if (known === null) return `no answer is known: would ask ${host}`;
  const { outcome, agoMs } = known;
  const word = { delivered: "yes", failed: "no", deferred: "no saying" }[outcome.kind];
  return `known for ${spanInWords(agoMs)}: ${word}, ${outcome.text}`;
}
