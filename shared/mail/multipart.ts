/** A message of several parts that this node makes itself (RFC 2046 §5.1), LF lines. */
export interface Part {
  readonly type: string;
  readonly description: string;
  readonly body: string;
}

/** RFC 2046 §5.1.1 allows 70; the rest is room to lengthen it. */
const MAX_BOUNDARY = 50;

/** The body, the boundary that the header has to name, and the encoding of the whole. */
export function multipart(
  parts: readonly Part[],
  wanted: string,
): { readonly boundary: string; readonly encoding: "7bit" | "8bit"; readonly body: string } {
  const boundary = freeBoundary(wanted, parts);
  const body = parts.map((part) => `--${boundary}\n${mimeHeader(part)}\n${part.body}`).join("\n");
  const encoding = parts.every((part) => isAscii(part.body)) ? "7bit" : "8bit";
  return { boundary, encoding, body: `${body}\n--${boundary}--\n` };
}

/** LF lines, without the characters that mail may not carry (RFC 5321 §2.3.8, RFC 5322 §4), ending in one LF. */
export function cleanLines(bytes: Uint8Array): string {
  const text = new TextDecoder()
    .decode(bytes)
    .replaceAll("\r\n", "\n")
    .replace(/[\r\0]/g, " ");
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}

function mimeHeader(part: Part): string {
  return [
    `Content-Type: ${part.type}`,
    `Content-Description: ${part.description}`,
    `Content-Transfer-Encoding: ${isAscii(part.body) ? "7bit" : "8bit"}`,
    "",
  ].join("\n");
}

/** A stranger who guesses the boundary could otherwise forge parts of our notice. */
function freeBoundary(wanted: string, parts: readonly Part[]): string {
  let boundary = wanted.replace(/[^A-Za-z0-9_.=-]/g, "").slice(0, MAX_BOUNDARY) || "=_report";
  let suffix = 0;
  while (parts.some((part) => part.body.includes(`--${boundary}`)))
    boundary = `${boundary.slice(0, MAX_BOUNDARY)}.${++suffix}`;
  return boundary;
}

export function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length;
}
