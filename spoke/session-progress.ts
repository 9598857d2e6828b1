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
  const { phase, current, left, rate } = session.watch;
  const watched = current === undefined ? undefined : sender.watch(current.key);
  return {
    sent: sent.messages,
    bytes: sent.bytes,
    wire,
    phase,
    seconds,
    rate,
    up: {
      messages: sent.messages,
      bytes: sent.bytes,
      ...(current === undefined || watched === undefined
        ? {}
        : { current: { what: watched.what, done: current.done, of: watched.of } }),
      left,
    },
    down: { messages: received.messages, bytes: received.bytes },
    ...(endsInMs === undefined ? {} : { endsInMs }),
  };
}
