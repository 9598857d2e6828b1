import { MAX_COMMAND_LINE, MAX_LINE, MAX_PATH_LINE } from "./limits.ts";
import { type Refusal, refuse } from "./types.ts";

/** What the session knows when a command line arrives. */
export interface SessionFacts {
  /** More bytes were there behind this line. */
  readonly pipelined: boolean;
  /** The client has seen an EHLO reply with PIPELINING. */
  readonly pipeliningOffered: boolean;
  /** Relay clients and submission ports: ours, often old, forgiven more. */
  readonly lenient: boolean;
  readonly kind: "smtp" | "submission";
  readonly authOffered: boolean;
  readonly relay: boolean;
}

export type Judgement =
  | { readonly kind: "run" }
  | { readonly kind: "refuse"; readonly refusal: Refusal; readonly long?: boolean }
  /** Say why and close: what follows is not to be read as commands. */
  | { readonly kind: "hang-up"; readonly refusal?: Refusal };

const RUN: Judgement = { kind: "run" };

/** Decides about one command line before the library sees it. */
export function judgeCommand(line: Buffer, facts: SessionFacts): Judgement {
  if (isForeignProtocol(line)) return { kind: "hang-up" };
  const verb = verbOf(line);
  if (line.length > longest(verb)) return { kind: "refuse", refusal: TOO_LONG, long: true };
  // Control characters would reach logs and replies; MAIL and RCPT have their own answer to them.
  if (hasControl(line) && verb !== "MAIL" && verb !== "RCPT") return no(500, "5.5.2", "Control character in command");
  if (verb === "BDAT") return hangUp(502, "5.5.1", "BDAT is not offered here");
  if (facts.pipelined) {
    const early = judgePipelined(verb, facts);
    if (early !== undefined) return early;
  }
  if (verb === "DATA" && line.toString("latin1").trim().length > 4) return no(501, "5.5.4", "DATA takes no parameter");
  if (verb === "AUTH" && !facts.authOffered) return judgeAuth(facts);
  if (facts.kind === "submission" && !facts.relay && (verb === "MAIL" || verb === "RCPT" || verb === "DATA")) {
    return no(530, "5.7.0", "Authentication required");
  }
  return RUN;
}

export function verbOf(line: Buffer): string {
  return (/^[a-z0-9]+/i.exec(line.toString("latin1", 0, 32))?.[0] ?? "").toUpperCase();
}

/** A TLS handshake, SSH or HTTP where SMTP belongs: another protocol's client is being used against us (ALPACA). */
export function isForeignProtocol(bytes: Buffer): boolean {
  if (bytes[0] === 0x16) return true;
  return /^(?:SSH-|(?:GET|HEAD|POST|PUT|DELETE|OPTIONS|TRACE|PATCH|CONNECT) )/.test(bytes.toString("latin1", 0, 16));
}

/** RFC 2920 §3.1: EHLO, DATA and STARTTLS must be the last of a group. Bytes behind STARTTLS are an injection (CVE-2011-0411). */
function judgePipelined(verb: string, facts: SessionFacts): Judgement | undefined {
  const last = verb === "STARTTLS" || verb === "DATA";
  const tooEarly = !facts.pipeliningOffered && !facts.lenient && verb !== "QUIT";
  return last || tooEarly ? hangUp(554, "5.5.0", "Improper pipelining") : undefined;
}

function judgeAuth(facts: SessionFacts): Judgement {
  if (facts.kind === "smtp") return no(502, "5.5.1", "AUTH is not offered here");
  return no(538, "5.7.11", "Encryption required for authentication, use STARTTLS first");
}

function longest(verb: string): number {
  if (verb === "MAIL" || verb === "RCPT") return MAX_PATH_LINE;
  return verb === "AUTH" ? MAX_LINE : MAX_COMMAND_LINE;
}

function hasControl(line: Buffer): boolean {
  return line.some((byte) => (byte < 32 && byte !== 9) || byte === 127);
}

const TOO_LONG = refuse(500, "5.5.2", "Line too long");

function no(code: number, status: string, text: string): Judgement {
  return { kind: "refuse", refusal: refuse(code, status, text) };
}

function hangUp(code: number, status: string, text: string): Judgement {
  return { kind: "hang-up", refusal: refuse(code, status, text) };
}
