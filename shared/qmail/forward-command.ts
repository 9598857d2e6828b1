/**
 * Programs of qmail's that do nothing but send on (pure): what they do a target or a route does here, without a program.
 */

/** `forward "$LOCAL"@mail.example`: the addresses, with `{LOCAL}` and its kind for what qmail-local puts there. */
export function forwardedBy(command: string): readonly string[] | undefined {
  const words = /^(?:\S*\/)?forward\s+(\S.*)$/.exec(command.trim())?.[1]?.split(/\s+/);
  if (words === undefined) return undefined;
  const addresses = words.map(addressOf);
  return addresses.every((one) => one !== undefined) ? addresses : undefined;
}

/** Whether an address is made of parts of the one that it is for. */
export function isTemplate(address: string): boolean {
  return address.includes("{");
}

/** Of qmail-local's environment. HOST is not among them: it leads back to where the mail is. */
const PARTS = "LOCAL|EXT|DEFAULT";

function addressOf(word: string): string | undefined {
  const bare = word.replace(/["']/g, "");
  const parts = new RegExp(`\\$(?:\\{(${PARTS})\\}|(${PARTS})(?![A-Za-z0-9_]))`, "g");
  // What is left that means something to a shell makes a program of it.
  if (bare === "" || /[\s$`;|&<>()\\*?{}]/.test(bare.replace(parts, ""))) return undefined;
  return bare.replace(parts, (_, braced?: string, plain?: string) => `{${braced ?? plain}}`);
}

export function isFastforward(command: string): boolean {
  return /(^|[\s/])fastforward(\s|$)/.test(command);
}
