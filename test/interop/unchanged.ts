import { expect } from "vitest";

const ENVELOPE = /^(?:Return-Path: <[^\n]*>\n(?:Delivered-To: [^\n]*\n)+)?/;
const RECEIVED = /^Received: [^\n]*\n(?:[ \t][^\n]*\n)*/;

export interface Traces {
  /** Received fields on top, ours and qmail's. */
  readonly received: number;
}

/**
 * `stored` is `original` with nothing but trace lines above it: the envelope of a delivery, and so many Received
 * fields. From the end, because the original may itself begin with such lines.
 */
export function expectUnchanged(stored: Buffer, original: Buffer, { received }: Traces, what: string): void {
  const at = stored.length - original.length;
  const same = at >= 0 && stored.subarray(at).equals(original);
  if (!same) expect.fail(`${what}: the ${original.length} bytes of the message are not the end of what is stored`);
  expect(takeTraces(stored.subarray(0, at).toString("latin1"), received), `${what}: what stands above it`).toBe("");
}

/** What is left of the top when the trace lines are taken off. */
function takeTraces(top: string, received: number): string {
  let rest = top.replace(ENVELOPE, "");
  for (let count = 0; count < received; count += 1) {
    if (!RECEIVED.test(rest)) return `(only ${count} Received fields) ${rest}`;
    rest = rest.replace(RECEIVED, "");
  }
  return rest;
}

/** The sender of a delivered file, from its Return-Path. */
export function senderOf(stored: Buffer): string {
  return /^Return-Path: <([^\n]*)>\n/.exec(stored.toString("latin1", 0, 2000))?.[1] ?? "";
}
