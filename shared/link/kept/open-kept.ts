import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { GivenAnswers } from "./answers.ts";
import { History } from "./history.ts";
import { IncomingParcels } from "./incoming.ts";
import { OutgoingParcels } from "./outgoing.ts";

/** All that the link keeps on the disk for one peer. */
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
  readonly log: (event: string, fields: Record<string, unknown>) => void;
}

export async function openKept(dir: string, peer: string, { history: window, log }: KeptOptions): Promise<Kept> {
  const partial = join(dir, "partial", peer);
  await mkdir(partial, { recursive: true, mode: 0o700 });
  const sent = await History.open(join(dir, "history", peer, "sent"), { window, log });
  const received = await History.open(join(dir, "history", peer, "received"), { window, log });
  const incoming = await IncomingParcels.open(join(partial, "in"));
  const outgoing = await OutgoingParcels.open(join(partial, "out"));
  const given = GivenAnswers.open(join(partial, "answers"));
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
      await sent.flush();
    },
  };
}
