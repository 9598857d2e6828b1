// Holds no promise about mail. A crash between the two renames leaves a key without a certificate: the
// next start makes both anew.
import { createPrivateKey, X509Certificate } from "node:crypto";
import { open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { EXIT } from "#shared/cli/exit-codes.js";
import { Failure } from "#shared/cli/failure.js";

/** PEM texts. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

const CERT_FILE = "tls-cert.pem";
const KEY_FILE = "tls-key.pem";

/** Nobody renews a self-signed certificate at an office that is seldom online. */
const VALID_YEARS = 10;

/**
 * A laptop with an empty clock battery starts in 1970. The certificate is valid from then on, and its
 * end is counted from the day this was written when the clock is before it: else it would end in 1980.
 */
const EARLIEST_CLOCK = new Date("1970-01-01T00:00:00Z");
const OLDEST_TRUE_TIME = Date.parse("2026-11-21T00:00:00Z");

/** X.520 upper bound of a common name; what a client compares is the subjectAltName. */
const MAX_COMMON_NAME = 64;

/**
 * The node's certificate: the configured files, else DIR/tls-cert.pem and tls-key.pem, else a
 * self-signed one for `host` made now and written there. A Failure when files cannot be read or do
 * not belong together; a key of the operator's is never overwritten.
 */
export async function loadOrMakeCertificate(
  dir: string,
  host: string,
  tls?: { readonly cert: string; readonly key: string },
  now: () => number = Date.now,
): Promise<Certificate> {
  if (tls !== undefined) return matching(await readPem(tls.cert, "tls.cert"), await readPem(tls.key, "tls.key"), tls);
  const files = { cert: join(dir, CERT_FILE), key: join(dir, KEY_FILE) };
  const cert = await readIfThere(files.cert);
  if (cert === undefined) return makeCertificate(files, host, now());
  const key = await readIfThere(files.key);
  if (key === undefined) {
    throw new Failure(
      EXIT.config,
      `Cannot find the key of ${files.cert}: put it at ${files.key} or remove the certificate`,
    );
  }
  return matching(cert, key, files);
}

async function makeCertificate(files: { cert: string; key: string }, host: string, now: number): Promise<Certificate> {
  const end = new Date(Math.max(now, OLDEST_TRUE_TIME));
  end.setUTCFullYear(end.getUTCFullYear() + VALID_YEARS);
  // Loaded when it is needed, once in ten years: it costs every start 70 ms and 15 MB otherwise.
  const { generate } = await import("selfsigned");
  const made = await generate([{ name: "commonName", value: host.length <= MAX_COMMON_NAME ? host : "qrelay" }], {
    keyType: "ec",
    curve: "P-256",
    algorithm: "sha256",
    notBeforeDate: EARLIEST_CLOCK,
    notAfterDate: end,
    extensions: [
      { name: "basicConstraints", cA: false, critical: true },
      { name: "keyUsage", digitalSignature: true, critical: true },
      { name: "extKeyUsage", serverAuth: true },
      { name: "subjectAltName", altNames: [{ type: 2, value: host }] },
    ],
  });
  // The key first: a certificate alone would look like the operator's.
  await writeWhole(files.key, made.private);
  await writeWhole(files.cert, made.cert);
  return { cert: made.cert, key: made.private };
}

async function writeWhole(path: string, text: string): Promise<void> {
  const tmp = `${path}.tmp`;
  try {
    const file = await open(tmp, "w", 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(tmp, path);
  } catch (cause) {
    throw new Failure(EXIT.cannotCreate, `Cannot write ${path}: ${(cause as Error).message}`, { cause });
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new Failure(EXIT.config, `Cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
}

async function readPem(path: string, key: string): Promise<string> {
  const text = await readIfThere(path);
  if (text !== undefined) return text;
  throw new Failure(
    EXIT.config,
    `Cannot find ${path}, which ${key} names: correct the path or remove tls.cert and tls.key`,
  );
}

/** A pair that does not match would only show at the first client, as an unreadable TLS alert. */
function matching(cert: string, key: string, files: { cert: string; key: string }): Certificate {
  let match = false;
  try {
    match = new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new Failure(EXIT.config, `Cannot use ${files.cert} with ${files.key}: wanted PEM files, found ${reason}`, {
      cause,
    });
  }
  if (match) return { cert, key };
  throw new Failure(
    EXIT.config,
    `Cannot use ${files.cert} with ${files.key}: the key is not the certificate's, name a pair`,
  );
}
