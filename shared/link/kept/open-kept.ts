import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { LogEvent } from "#shared/log/log.js";
import { GivenAnswers } from "./answers.ts";
import { History } from "./history.ts";
import { IncomingParcels } from "./incoming.ts";
import { assertPeer } from "./names.ts";
import { OutgoingParcels } from "./outgoing.ts";
import { StoreTrouble } from "./store-trouble.ts";

/** All that the link keeps on the disk for one peer. Losing it costs bytes on the line, never a letter. */
export interface Kept {
  readonly sent: History;
  readonly received: History;
  readonly incoming: IncomingParcels;
  readonly outgoing: OutgoingParcels;
  readonly given: GivenAnswers;
  /** After a session that both ends call drained nothing is partly anywhere. */
  forgetPartial(): Promise<void>;
  close(): Promise<void>;
}

export interface KeptOptions {
  /** Bytes of history for each direction; 0: none. */
  readonly history: number;
  readonly log: LogEvent;
}

/**
 * @param dir the node's folder
 * @param peer "hub" or an office's name
 * @throws Error for another peer's name; a disk that fails is told to the log, and then what is kept is in memory
 */
export async function openKept(dir: string, peer: string, { history: window, log }: KeptOptions): Promise<Kept> {
  assertPeer(peer);
  const partial = join(dir, "partial", peer);
  await new StoreTrouble(partial, log).attempt(() => mkdir(partial, { recursive: true, mode: 0o700 }));
  const incoming = await IncomingParcels.open(join(partial, "in"), log);
  // A large message may take weeks of short windows while other mail overtakes it. What it assumes must still be there
  // at its end, else all of it would have to come again.
  const sentPins = () => incoming.assumed().map(({ base }) => ({ base: base.other, states: [] }));
  const receivedPins = () => incoming.assumed().map(({ base, states }) => ({ base: base.own, states }));
  const sent = await History.open(join(dir, "history", peer, "sent"), { window, pins: sentPins, log });
  const received = await History.open(join(dir, "history", peer, "received"), { window, pins: receivedPins, log });
  const outgoing = await OutgoingParcels.open(join(partial, "out"), log);
  const given = GivenAnswers.open(join(partial, "answers"), log);
  return {
    sent,
    received,
    incoming,
    outgoing,
    given,
    forgetPartial: async () => {
      await incoming.clear();
      await outgoing.clear();
      given.clear();
    },
    close: async () => {
      await incoming.endSession();
      given.save();
      await sent.flush();
      await received.flush();
    },
  };
}

/** Everything of a peer that there will be no more. Its old mail is not to outlive it. */
export async function forgetPeer(dir: string, peer: string): Promise<void> {
  assertPeer(peer);
  for (const room of ["history", "partial"]) await rm(join(dir, room, peer), { recursive: true, force: true });
}
