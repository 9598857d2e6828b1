/** A made-up message of exactly `bytes` bytes with LF line ends: a short header, then lines as people write them. */
export function makeMessage(bytes: number): Buffer {
  const header = [
    "From: Bench <bench@sender.example>",
    "To: Reader <reader@example.org>",
    "Date: Thu, 01 Jan 2026 12:00:00 +0000",
    "Message-ID: <bench@sender.example>",
    "Subject: a message made for measuring",
    "",
    "",
  ].join("\n");
  if (bytes <= header.length) throw new RangeError(`Cannot make a message of ${bytes} bytes: the header needs more`);
  const line = "The quick brown fox jumps over the lazy dog, and the dog does not mind at all.\n";
  const body = Buffer.alloc(bytes - header.length, line);
  body[body.length - 1] = 0x0a;
  return Buffer.concat([Buffer.from(header), body]);
}

/** As it stands between DATA and its final dot: CRLF line ends. No line begins with a dot, so none is stuffed. */
export function onSmtpWire(message: Buffer): Buffer {
  return Buffer.from(`${message.toString("latin1").replaceAll("\n", "\r\n")}.\r\n`, "latin1");
}
