/**
 * How a connection to another host is encrypted (pure).
 *
 * - `opportunistic`: STARTTLS where it is offered, any certificate, plain text where that fails
 * - `require`: STARTTLS or nothing, any certificate
 * - `verify`: STARTTLS or nothing, and a certificate that is valid for the host
 * - `implicit`: TLS from the first byte (port 465), any certificate
 * - `off`: never
 */
export const TLS_POLICIES = ["opportunistic", "require", "verify", "implicit", "off"] as const;
export type TlsPolicy = (typeof TLS_POLICIES)[number];

/** Nothing is said in plain text under these: neither a password nor a message. */
export function alwaysEncrypts(policy: TlsPolicy): boolean {
  return policy === "require" || policy === "verify" || policy === "implicit";
}
