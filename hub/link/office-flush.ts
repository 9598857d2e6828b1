import type { SessionReport } from "#shared/link/hold-session.js";
import type { SendReport } from "#shared/qmtp/send.js";

/** What one call of ours to an office did, as `hub flush --json` prints it. */
export interface OfficeFlush {
  readonly ended: SendReport["ended"] | SessionReport["ended"] | "unreachable";
  readonly reason?: string;
  readonly seconds: number;
  readonly sent: { readonly messages: number; readonly recipients: number; readonly bytes: number };
  readonly received: { readonly messages: number; readonly recipients: number; readonly bytes: number };
  readonly failed: SendReport["failed"];
}

export const NOTHING = { messages: 0, recipients: 0, bytes: 0 };

export function sums({ messages, recipients, bytes }: { messages: number; recipients: number; bytes: number }) {
  return { messages, recipients, bytes };
}

export function unreachable(error: unknown): Omit<OfficeFlush, "seconds"> {
  const reason = error instanceof Error ? error.message : String(error);
  return { ended: "unreachable", reason, sent: NOTHING, received: NOTHING, failed: [] };
}

/** The host of a URL; an IPv6 address without its brackets. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, "$1");
}
