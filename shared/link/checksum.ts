import { hash } from "node:crypto";

/** First 8 bytes of the SHA-256, in hex: enough against accidents; TLS stands against malice. */
export function checksumOf(bytes: Uint8Array): string {
  return hash("sha256", bytes, "hex").slice(0, 16);
}
