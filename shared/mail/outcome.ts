/**
 * What became of one message for one recipient. Three words carry the whole field:
 * delivered (somebody else, or a mailbox, now holds the promise), deferred (we keep it
 * and try again), failed (it will never be delivered; the sender is told).
 *
 * `status` is an enhanced status code (RFC 3463), `text` is for people and never contains
 * a line break. `remote` names the host whose answer this is, when it was not ours.
 */
export type Outcome =
  | { readonly kind: "delivered"; readonly text: string; readonly remote?: string }
  | { readonly kind: "deferred"; readonly status: string; readonly text: string; readonly remote?: string }
  | { readonly kind: "failed"; readonly status: string; readonly text: string; readonly remote?: string };

export function delivered(text: string, remote?: string): Outcome {
  return { kind: "delivered", text: oneLine(text), ...(remote === undefined ? {} : { remote }) };
}

export function deferred(status: string, text: string, remote?: string): Outcome {
  return { kind: "deferred", status, text: oneLine(text), ...(remote === undefined ? {} : { remote }) };
}

export function failed(status: string, text: string, remote?: string): Outcome {
  return { kind: "failed", status, text: oneLine(text), ...(remote === undefined ? {} : { remote }) };
}

/** Text from a peer or an error, made safe to stand in one line of a log, a reply or a header. */
export function oneLine(text: string, limit = 500): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is removed here
  const flat = text.replace(/[\x00-\x1f\x7f]+/g, " ").trim();
  return flat.length > limit ? `${flat.slice(0, limit - 1)}…` : flat;
}
