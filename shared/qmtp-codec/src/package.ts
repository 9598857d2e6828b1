import { encodeNetstring, joinBytes, lengthPrefix, MAX_LENGTH_DIGITS } from "./netstring.ts";

/** The marker byte counts in the declared length and must still fit in the digits a reader takes. */
const MAX_MESSAGE_SIZE = 10 ** MAX_LENGTH_DIGITS - 2;

/**
 * A whole package in pieces: head, text, tail. The text must have LF line ends and be exactly `messageSize` bytes.
 *
 * Throws RangeError before the first piece when there is no recipient or the size is no size; and later, before a byte
 * too many is handed out, when the text turns out longer or shorter than `messageSize`. The package has then begun but
 * cannot be ended: close the connection, the peer drops it.
 */
export async function* encodePackage(
  messageSize: number,
  message: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  sender: Uint8Array | string,
  recipients: readonly (Uint8Array | string)[],
): AsyncGenerator<Uint8Array> {
  const tail = packageTail(sender, recipients);
  yield packageHead(messageSize);
  let left = messageSize;
  for await (const piece of message) {
    if (piece.length > left) throw new RangeError(`Cannot send the message: it is longer than ${messageSize} bytes`);
    left -= piece.length;
    if (piece.length > 0) yield piece;
  }
  if (left > 0)
    throw new RangeError(
      `Cannot send the message: it has only ${messageSize - left} of the ${messageSize} bytes declared`,
    );
  yield tail;
}

/**
 * What stands before the text: the length of text and marker byte, the colon, the LF marker. Always the LF form, since
 * every server must take it and it is the shorter one. Throws RangeError when `messageSize` is no size.
 */
export function packageHead(messageSize: number): Uint8Array {
  if (!Number.isInteger(messageSize) || messageSize < 0 || messageSize > MAX_MESSAGE_SIZE)
    throw new RangeError(
      `Cannot send a message of ${messageSize} bytes: give a whole number from 0 to ${MAX_MESSAGE_SIZE}`,
    );
  return joinBytes([lengthPrefix(messageSize + 1), "\n"]);
}

/**
 * What stands after the text: the comma that closes it, the sender, the recipients. Addresses are sent as they are,
 * strings as UTF-8: no quoting, no angle brackets; the empty sender means a bounce.
 *
 * Throws RangeError when there is no recipient: qmail-qmtpd takes such a package, drops the message and answers nothing.
 */
export function packageTail(sender: Uint8Array | string, recipients: readonly (Uint8Array | string)[]): Uint8Array {
  if (recipients.length === 0) throw new RangeError("Cannot send a package without recipients: give at least one");
  const list = joinBytes(recipients.map(encodeNetstring));
  return joinBytes([",", encodeNetstring(sender), encodeNetstring(list)]);
}

/** The whole package in bytes, known before a byte is sent. Throws as `packageHead` and `packageTail` do. */
export function packageSize(
  messageSize: number,
  sender: Uint8Array | string,
  recipients: readonly (Uint8Array | string)[],
): number {
  return packageHead(messageSize).length + messageSize + packageTail(sender, recipients).length;
}
