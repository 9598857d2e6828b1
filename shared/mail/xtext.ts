/**
 * xtext (RFC 3461 §4): printable ASCII without `+` and `=`, all else as `+` and two upper-case hex
 * digits. SMTP carries ENVID and ORCPT in it.
 */
const XTEXT = /^(?:[!-*,-<>-~]|\+[0-9A-F]{2})*$/;

export function encodeXtext(text: string): string {
  return Array.from(Buffer.from(text, "utf8"), encodeByte).join("");
}

/** The text, or undefined when it is not xtext or does not hold UTF-8. */
export function decodeXtext(xtext: string): string | undefined {
  if (!XTEXT.test(xtext)) return undefined;
  const bytes = xtext.replace(/\+(..)/g, (_whole, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.from(bytes, "latin1"));
  } catch {
    // Not UTF-8: it cannot be shown as text, and nothing else can be done with it.
    return undefined;
  }
}

function encodeByte(byte: number): string {
  const char = String.fromCharCode(byte);
  const plain = byte > 0x20 && byte < 0x7f && char !== "+" && char !== "=";
  return plain ? char : `+${byte.toString(16).toUpperCase().padStart(2, "0")}`;
}
