import { LAST_RESORT, ROLES } from "#hub/routing/roles.js";
import { addressKey, isDomain, MAX_LOCAL } from "#shared/mail/address.js";

/**
 * What a name may be. Each function gives the reason why not, for people, or undefined.
 * Names are compared by `addressKey` (lower case, NFC) and stored that way.
 */

/** `queue NAME` and the hub's synonyms already mean something by these. */
const RESERVED_OFFICES = new Set(["internet", "sorting", "programs", "moderation", "mailhub", "localhost"]);

/** Letters and digits of any script, and the signs that mean nothing to a shell, a path or a mail header. */
const LOCAL_PART = /^[\p{L}\p{M}\p{N}._+=-]+$/u;

const PERSON_RULE =
  "a name is letters, digits and . _ + = - in it, not starting with a sign and without a final or double dot";

/** `postmaster` may be a person: somebody must be able to read that mailbox. */
export function personNameProblem(name: string, address = addressKey(name)): string | undefined {
  if (ROLES.includes(addressKey(name)) && addressKey(name) !== LAST_RESORT)
    return `"${name}" is a role address: give it a target with \`alias set ${address} TARGET\``;
  return localPartProblem(name);
}

/** Also for the hub's own role people, which `personNameProblem` keeps from being taken by hand. */
export function localPartProblem(name: string): string | undefined {
  if (name === "") return "the name is empty";
  if (Buffer.byteLength(name) > MAX_LOCAL) return `the name is longer than ${MAX_LOCAL} bytes (RFC 5321 §4.5.3.1.1)`;
  if (!LOCAL_PART.test(name) || /^[._+=-]|\.\.|\.$/.test(name))
    return `"${visible(name)}" is not a name: ${PERSON_RULE}`;
  return lookAlike(name);
}

/** `user`; `user@host` for one of the organisation's domains; `@host` for what nobody else there takes. */
export function aliasNameProblem(name: string): string | undefined {
  const at = name.lastIndexOf("@");
  if (at < 0) return localPartProblem(name);
  const host = name.slice(at + 1);
  if (!isDomain(host)) return `"${visible(host)}" is not a host name`;
  return at === 0 ? undefined : localPartProblem(name.slice(0, at));
}

/** An office's name is one label of its host name (RFC 1123 §2.1) and a folder of the queue. */
export function officeNameProblem(name: string): string | undefined {
  if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) {
    return `"${visible(name)}" is not an office name: use up to 63 lower-case letters, digits and hyphens, starting and ending with a letter or digit`;
  }
  if (RESERVED_OFFICES.has(name)) return `"${name}" already has a meaning here: choose another name`;
  return undefined;
}

/** A full domain name of the Internet: at least two labels, no address literal. */
export function hostProblem(host: string): string | undefined {
  if (host.startsWith("[") || !isDomain(host) || !host.includes(".")) {
    return `"${visible(host)}" is not a full host name like mazar.example.org`;
  }
  return undefined;
}

/** What a qmail office's virtualdomains puts before a name, hyphen included: it stands in every file of its Maildir. */
export function prefixProblem(prefix: string): string | undefined {
  if (/^[a-z0-9._+=-]{1,64}$/i.test(prefix)) return undefined;
  return `"${visible(prefix)}" is no prefix: wanted what the office's virtualdomains puts before a name, like mazar-`;
}

/** Dotless i, long s and their kind read like plain letters but are other people: one spelling per name. */
function lookAlike(name: string): string | undefined {
  const key = addressKey(name);
  const plain = key.normalize("NFKC").toUpperCase().toLowerCase();
  return plain === key
    ? undefined
    : `"${name}" contains a letter that can be taken for another: did you mean "${plain}"?`;
}

function visible(text: string): string {
  return JSON.stringify(text.slice(0, MAX_LOCAL)).slice(1, -1);
}
