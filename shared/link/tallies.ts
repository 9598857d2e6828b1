import type { Outcome } from "#shared/mail/outcome.js";
import { counted, NOTHING_SENT, type Tally } from "#shared/qmtp/send-report.js";
import type { OpenEntry } from "#shared/queue/queue.js";
import { isForNode } from "./node-address.ts";
import type { ParcelHeader } from "./parcel.ts";

/** What a session has moved so far. Messages between the nodes themselves are nobody's mail and are not counted. */
export class Tallies {
  #sent: Tally = NOTHING_SENT;
  #received = { messages: 0, recipients: 0, bytes: 0 };

  sent(open: Pick<OpenEntry, "head" | "size">, outcomes: readonly Outcome[]): void {
    if (isForNode(open.head.envelope.recipients)) return;
    this.#sent = counted(this.#sent, open, outcomes);
  }

  /** @returns the same outcomes */
  received(header: ParcelHeader, outcomes: readonly Outcome[]): readonly Outcome[] {
    const recipients = outcomes.filter(({ kind }) => kind === "delivered").length;
    if (header.kind === "mail" && recipients > 0 && !isForNode(header.recipients)) {
      const { messages, recipients: before, bytes } = this.#received;
      this.#received = { messages: messages + 1, recipients: before + recipients, bytes: bytes + header.size };
    }
    return outcomes;
  }

  report() {
    return { sent: this.#sent, received: this.#received };
  }
}
