import type { ParcelSender } from "#shared/link/parcel-sender.js";
import type { Session } from "#shared/link/session/session.js";
import type { Tallies } from "#shared/link/tallies.js";
import type { FlushProgress } from "./flush-report.ts";

/** What the operator sees of a session that is under way. */
export function progressOf(
  tallies: Tallies,
  session: Session,
  sender: ParcelSender,
  wire: { readonly up: number; readonly down: number },
  seconds: number,
  endsInMs: number | undefined,
): FlushProgress {
  const { sent, received } = tallies.report();
  const now = session.current;
  const watched = now === undefined ? undefined : sender.watch(now.key);
  const { rate } = session.pace.measured;
  return {
    sent: sent.messages,
    bytes: sent.bytes,
    wire,
    phase: session.phase,
    seconds,
    ...(rate === undefined ? {} : { rate: { up: rate, down: session.rateDown } }),
    up: {
      messages: sent.messages,
      bytes: sent.bytes,
      ...(now === undefined || watched === undefined
        ? {}
        : { current: { what: watched.what, done: now.done, of: watched.of } }),
      left: session.left,
    },
    down: { messages: received.messages, bytes: received.bytes },
    ...(endsInMs === undefined ? {} : { endsInMs }),
  };
}
