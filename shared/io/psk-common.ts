/** What both ends of the link's TLS agree on without a word. */

/**
 * Only SHA-256 suites work with an external PSK, and the default groups of Node 24 (ML-KEM) would cost
 * 2.3 KB a handshake; a 256-bit PSK in the key schedule already resists recording for later.
 */
export const PSK_TLS = {
  minVersion: "TLSv1.3",
  maxVersion: "TLSv1.3",
  ciphers: "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256",
  ecdhCurve: "X25519",
} as const;

/** A peer that went away without a word is noticed by the system's probes, which cost nothing while mail moves. */
export const KEEP_ALIVE_MS = 60_000;
