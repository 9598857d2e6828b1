/**
 * The checkpassword interface (https://cr.yp.to/checkpwd/interface.html): a program hands login, password and a
 * timestamp over on descriptor 3, each ended by NUL. The timestamp is the challenge of APOP, which nobody here knows.
 */

/** The exit codes of that interface; they are not ours. */
export const CHECKPASSWORD_EXIT = { wrongPassword: 1, misuse: 2, temporary: 111 } as const;

/** All that may be handed over. */
export const MAX_HANDED = 512;

export type Handed =
  | { readonly kind: "login"; readonly login: string; readonly password: string }
  | { readonly kind: "too-long" }
  | { readonly kind: "malformed" };

/** @param bytes all of descriptor 3, or the first bytes that are too many */
export function readHanded(bytes: Uint8Array): Handed {
  if (bytes.length > MAX_HANDED) return { kind: "too-long" };
  const [login, password, rest] = split(bytes);
  // As Bernstein's own program: the timestamp may be absent, and more may follow it.
  if (login === undefined || password === undefined || rest === undefined) return { kind: "malformed" };
  // A name in another encoding is nobody's: what cannot be read becomes a sign that no name has.
  return { kind: "login", login: login.toString("utf8"), password: password.toString("utf8") };
}

function split(bytes: Uint8Array): Buffer[] {
  const parts: Buffer[] = [];
  let rest = Buffer.from(bytes);
  for (let end = rest.indexOf(0); end >= 0; end = rest.indexOf(0)) {
    parts.push(rest.subarray(0, end));
    rest = rest.subarray(end + 1);
  }
  return [...parts, rest];
}
