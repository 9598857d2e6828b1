import { bytesInWords, count, momentInWords, spanInWords } from "#shared/cli/words.js";
import type { FlushReport } from "./flush-report.ts";

/** A window that is over, in words (pure). */

/** When what is left will likely go. */
export interface Outlook {
  /** The next window that opens by itself; without a time: it is open now. */
  readonly next?: { readonly link: string; readonly at?: Date };
  /** When what waits here will have gone, and after how many windows. */
  readonly here?: { readonly at: Date; readonly windows: number };
  /** The same for what headquarters has. */
  readonly atHub?: { readonly at: Date; readonly windows: number };
}

/** @param zone of the times that are told; the machine's when absent */
export function summaryText(report: FlushReport, outlook: Outlook = {}, zone?: string): string {
  const { failed } = report;
  const lines = [
    ...(begun(report) ? [moved(report)] : []),
    ...ending(report),
    ...whatIsLeft(report, outlook, zone),
    ...failed.map(({ recipient, status, reason }) => `Refused: ${recipient}: ${withStatus(status, reason)}`),
  ];
  return `${lines.map((line) => line.replace(/[\r\n\t]+/g, " ")).join("\n")}\n`;
}

/** There was a line, and somebody at its other end. */
function begun({ ended, wire }: FlushReport): boolean {
  return ended === "drained" || ended === "time" || ended === "cut" || (ended === "budget" && wire.up > 0);
}

function moved({ sent, received, seconds, wire }: FlushReport): string {
  const went = `Sent ${count(sent.messages, "message")}${size(sent)}`;
  const came = `received ${count(received.messages, "message")}${size(received)}`;
  const line = `${bytesInWords(wire.up)} up and ${bytesInWords(wire.down)} down on the line`;
  return `${went}, ${came} in ${spanInWords(Math.max(1000, seconds * 1000))}; ${line}.`;
}

function size({ messages, bytes }: { readonly messages: number; readonly bytes: number }): string {
  return messages === 0 ? "" : ` (${bytesInWords(bytes)})`;
}

/** Drained needs no word. */
function ending({ ended, reason, seconds }: FlushReport): string[] {
  const why = reason === undefined ? "" : `: ${reason}`;
  switch (ended) {
    case "drained":
      return [];
    case "time":
      return ["The time of the window was over."];
    case "budget":
      return [`The budget is used up${why}.`];
    case "cut":
      return [`The session ended early${why}.`];
    case "refused":
      return [`Headquarters did not let us in${why}.`];
    case "unreachable":
      return [`No link after ${spanInWords(seconds * 1000)}${why}.`];
    case "busy":
      return [`Not begun${why}.`];
    default:
      return ended satisfies never;
  }
}

function whatIsLeft({ left, atHub }: FlushReport, { next, here, atHub: there }: Outlook, zone?: string): string[] {
  const hub = atHub ?? { messages: 0, bytes: 0 };
  if (left.messages + hub.messages === 0) return [];
  const at = (when: Date): string => momentInWords(when, zone);
  const lines = [
    ...(left.messages === 0 ? [] : [`${waits(left)} here${goes(here, at)}.`]),
    ...(hub.messages === 0 ? [] : [`${waits(hub)} at headquarters${goes(there, at)}.`]),
  ];
  return [...lines, nextWindow(next, at)];
}

function nextWindow(next: Outlook["next"], at: (when: Date) => string): string {
  if (next === undefined) return "No window is planned: run qrelay spoke flush again.";
  return next.at === undefined ? `Link ${next.link} is open now.` : `Next window: ${next.link}, ${at(next.at)}.`;
}

function waits({ messages, bytes }: { readonly messages: number; readonly bytes: number }): string {
  return `${count(messages, "message")} (${bytesInWords(bytes)}) ${messages === 1 ? "waits" : "wait"}`;
}

function goes(estimate: Outlook["here"], at: (when: Date) => string): string {
  if (estimate === undefined) return "";
  return `, gone about ${at(estimate.at)}, after ${count(estimate.windows, "window")}`;
}

/** Some reasons begin with it. */
function withStatus(status: string, reason: string): string {
  return reason.includes(status) ? reason : `${status} ${reason}`;
}
