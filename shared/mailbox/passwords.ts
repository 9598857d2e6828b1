import { argon2, randomBytes, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

const deriveKey = promisify(argon2);

/** OWASP's second choice for argon2id: 19 MB and 2 passes, about 30 ms; spokes have little memory. */
const COST = { memory: 19_456, passes: 2, parallelism: 1 } as const;
const SALT_BYTES = 16;
const HASH_BYTES = 32;

/** Costs above these are not ours: a hash may not take the machine's memory or minutes of its time. */
const MAX_MEMORY = 256 * 1024;
const MAX_PASSES = 20;
const MAX_PARALLELISM = 16;

export const MIN_PASSWORD_CHARACTERS = 8;
export const MAX_PASSWORD_BYTES = 1000;

interface Phc {
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/** A hash of no password at our cost: checking against it takes an unknown person as long as a known one. */
export const DUMMY_HASH = writePhc({ ...COST, salt: randomBytes(SALT_BYTES), hash: randomBytes(HASH_BYTES) });

/** Why people may not have this password, for them to read; undefined when they may. */
export function passwordProblem(password: string): string | undefined {
  const characters = [...password].length;
  const bytes = Buffer.byteLength(password);
  if (characters < MIN_PASSWORD_CHARACTERS) {
    return `Cannot use this password: it has ${characters} characters, give ${MIN_PASSWORD_CHARACTERS} or more`;
  }
  if (bytes > MAX_PASSWORD_BYTES) {
    return `Cannot use this password: it has ${bytes} bytes, give ${MAX_PASSWORD_BYTES} or fewer`;
  }
  // POP3 sends it in a line of text: with such a character nobody could ever log in.
  if (/\p{Cc}/u.test(password)) {
    return "Cannot use this password: it contains a control character, give printable characters only";
  }
  return undefined;
}

/** argon2id as a PHC string, which Dovecot takes as `{ARGON2ID}`. Runs in the thread pool. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(password, { ...COST, salt, hash: Buffer.alloc(HASH_BYTES) });
  return writePhc({ ...COST, salt, hash });
}

/** False also for hashes of another kind or of unreasonable cost; never throws for them. Constant time. */
export async function verifyPassword(password: string, phc: string): Promise<boolean> {
  const wanted = readPhc(phc);
  if (wanted === undefined || Buffer.byteLength(password) > MAX_PASSWORD_BYTES) return false;
  return timingSafeEqual(await derive(password, wanted), wanted.hash);
}

async function derive(password: string, phc: Phc): Promise<Buffer> {
  return await deriveKey("argon2id", {
    // Keyboards disagree on composed letters (RFC 8265 §4.2.2 asks for NFC).
    message: password.normalize("NFC"),
    nonce: phc.salt,
    memory: phc.memory,
    passes: phc.passes,
    parallelism: phc.parallelism,
    tagLength: phc.hash.length,
  });
}

function writePhc(phc: Phc): string {
  const cost = `m=${phc.memory},t=${phc.passes},p=${phc.parallelism}`;
  return `$argon2id$v=19$${cost}$${unpadded(phc.salt)}$${unpadded(phc.hash)}`;
}

const PHC = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/]{11,88})\$([A-Za-z0-9+/]{22,88})$/;

function readPhc(text: string): Phc | undefined {
  const [, memory, passes, parallelism, salt = "", hash = ""] = PHC.exec(text) ?? [];
  const phc: Phc = {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    salt: Buffer.from(salt, "base64"),
    hash: Buffer.from(hash, "base64"),
  };
  return salt !== "" && isReasonable(phc) ? phc : undefined;
}

function isReasonable({ memory, passes, parallelism }: Phc): boolean {
  if (passes < 1 || passes > MAX_PASSES || parallelism < 1 || parallelism > MAX_PARALLELISM) return false;
  // RFC 9106 §3.1 wants 8 KB for each lane.
  return memory >= 8 * parallelism && memory <= MAX_MEMORY;
}

/** PHC strings have base64 without padding. */
function unpadded(bytes: Buffer): string {
  return bytes.toString("base64").replace(/=+$/, "");
}
