import type { ProgramRun } from "#hub/routing/decision.js";
import { headerSafe } from "#shared/mail/header-text.js";

/**
 * The environment of a program, as qmail-command(8) documents it (pure). Values are what strangers wrote: a program that puts
 * them into a shell's line unquoted is at their mercy, so line ends and other control characters are taken out.
 */
export interface ProgramMail {
  /** Envelope sender; empty for a bounce. */
  readonly sender: string;
  /** The address that led to the program. */
  readonly recipient: string;
  /** Seconds since 1970. */
  readonly now: number;
}

/** The system's own places; nothing of the hub's environment is handed on. */
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

export function programEnvironment(run: ProgramRun, mail: ProgramMail): Record<string, string> {
  const at = mail.recipient.lastIndexOf("@");
  const local = mail.recipient.slice(0, at);
  const host = mail.recipient.slice(at + 1);
  const { extension } = run;
  const date = new Date(mail.now * 1000).toUTCString().replace(",", "");
  const values = {
    PATH,
    HOME: "/",
    USER: run.person ?? local,
    SENDER: mail.sender,
    NEWSENDER: mail.sender,
    RECIPIENT: mail.recipient,
    LOCAL: local,
    HOST: host,
    ...shortened("HOST", host, (name) => name.replace(/\.?[^.]*$/, "")),
    EXT: extension,
    ...shortened("EXT", extension, (rest) => rest.replace(/^[^-]*-?/, "")),
    ...(run.rest === "" ? {} : { DEFAULT: run.rest }),
  };
  const safe = Object.entries(values).map(([name, value]) => [name, headerSafe(value)]);
  return {
    ...Object.fromEntries(safe),
    DTLINE: `Delivered-To: ${headerSafe(mail.recipient)}\n`,
    RPLINE: `Return-Path: <${headerSafe(mail.sender)}>\n`,
    UFLINE: `From ${headerSafe(mail.sender).replaceAll(" ", "-") || "MAILER-DAEMON"} ${date}\n`,
  };
}

/** NAME2 is NAME without its first part (its last, of a host), NAME3 without two, NAME4 without three. */
function shortened(name: string, value: string, shorten: (value: string) => string): Record<string, string> {
  const second = shorten(value);
  const third = shorten(second);
  return { [`${name}2`]: second, [`${name}3`]: third, [`${name}4`]: shorten(third) };
}
