import { encodeReply, type ReplyEvent } from "qmtp-codec";
import { deferred, delivered, failed, type Outcome } from "#shared/mail/outcome.js";

/** A QMTP answer as an outcome. The peer's code counts only when it agrees with its letter. */
export function outcomeOfReply(event: ReplyEvent & { kind: "reply" }, remote: string): Outcome {
  const code = /#(\d\.\d{1,3}\.\d{1,3})/.exec(event.text)?.[1];
  switch (event.letter) {
    case "K":
      return delivered(event.text, remote);
    case "Z":
      return deferred(code?.startsWith("4") ? code : "4.0.0", event.text, remote);
    case "D":
      return failed(code?.startsWith("5") ? code : "5.0.0", event.text, remote);
    default:
      return event.letter satisfies never;
  }
}

/** `K`, `Z` or `D`; the code stands as `(#x.y.z)` as QMTP peers expect it (HCMSSC). */
export function replyOf(outcome: Outcome): Uint8Array {
  switch (outcome.kind) {
    case "delivered":
      return encodeReply("K", outcome.text);
    case "deferred":
      return encodeReply("Z", `${outcome.text} (#${outcome.status})`);
    case "failed":
      return encodeReply(
        "D",
        /\(#\d\.\d+\.\d+\)$/.test(outcome.text) ? outcome.text : `${outcome.text} (#${outcome.status})`,
      );
    default:
      return outcome satisfies never;
  }
}
