/** A bounce must never be answered (RFC 5321 §4.5.5); `#@[]` is the sender of qmail's double bounces. */
export function isBounceSender(sender: string): boolean {
  return sender === "" || sender === "#@[]";
}

/** The envelope sender of what a list forwards: its owner, so that bounces go there; a bounce keeps its own. */
export function senderAfter(owner: string | undefined, original: string): string {
  return owner === undefined || isBounceSender(original) ? original : owner;
}
