import { addressProblem, isDomain } from "#shared/mail/address.js";

/**
 * A recipient made of another one's parts (pure), as `{LOCAL}@tw.company.com` for john@company.com. The parts are those
 * of dot-qmail's environment: LOCAL the local part, HOST the domain, EXT what follows the first `-` or `+` of the local
 * part, DEFAULT what the pattern's `*` stood for.
 */
const PARTS = ["LOCAL", "HOST", "EXT", "DEFAULT"] as const;

export interface TemplateParts {
  readonly local: string;
  readonly host: string;
  readonly rest: string;
}

/** Why it may not be used, or undefined. */
export function templateProblem(template: string): string | undefined {
  for (const [, part] of template.matchAll(/\{([^{}]*)\}/g)) {
    if (!PARTS.some((known) => known === part))
      return `it has {${part}}, wanted ${PARTS.map((known) => `{${known}}`).join(", ")}`;
  }
  const sample = fillTemplate(template, { local: "a-b", host: "host.example", rest: "b" });
  const at = sample.lastIndexOf("@");
  const problem = addressProblem(sample);
  if (problem !== undefined) return problem;
  // One of our own names. With a part in it a stranger could bring a domain along.
  if (/^[^\s@,;:<>()"\\|/{}]+$/.test(template)) return undefined;
  if (at < 1 || !isDomain(sample.slice(at + 1)) || /[\s,;:<>()"\\|/{}]/.test(sample))
    return "it does not make an address";
  return undefined;
}

/** @returns an address that must be judged like any other: parts are as a stranger wrote them */
export function fillTemplate(template: string, { local, host, rest }: TemplateParts): string {
  const values: Record<string, string> = { LOCAL: local, HOST: host, EXT: extensionOf(local), DEFAULT: rest };
  return template.replace(/\{([A-Z]+)\}/g, (whole, part: string) => values[part] ?? whole);
}

/** What follows the first `-` or `+`. */
export function extensionOf(local: string): string {
  return /[-+](.*)$/s.exec(local)?.[1] ?? "";
}
