import { X509Certificate } from "node:crypto";
import { type Command, Option } from "commander";
import type { RouteOptions } from "#hub/directory/routes.js";
import type { NewRoute } from "#hub/directory/save-route.js";
import { MAX_KNOWN_NAMES, readKnownNames } from "#hub/routing/known-names.js";
import { patternKey, ROUTE_CHECKS, type RouteCheck } from "#hub/routing/route-table.js";
import { EXIT } from "#shared/cli/exit-codes.js";
import { Failure } from "#shared/cli/failure.js";
import type { Io } from "#shared/cli/program.js";
import { TLS_POLICIES, type TlsPolicy } from "#shared/mail/tls-policy.js";
import { readSecretLine } from "#shared/mailbox/read-password.js";
import { readTextFile } from "./read-file.ts";

/** What `route set` is told beside pattern and destination. */
export interface RouteFlags {
  readonly accept: boolean;
  readonly tls?: TlsPolicy;
  readonly ca?: string;
  readonly login?: string;
  readonly passwordStdin?: boolean;
  readonly check?: RouteCheck;
  readonly known?: string;
}

export function addRouteOptions(set: Command): void {
  set
    .option("--accept", "take mail for it from anybody (always so for to:)", false)
    .addOption(
      new Option(
        "--tls <policy>",
        "how the host is called: opportunistic (else), require, verify its certificate, implicit (port 465), off",
      ).choices(TLS_POLICIES),
    )
    .option("--ca <file>", "PEM of the authority that --tls verify shall trust beside the system's")
    .option("--login <user>", "log in there; without --tls it means --tls require")
    .option("--password-stdin", "the first line of stdin is the password of --login")
    .addOption(
      new Option(
        "--check <how>",
        "which recipients are there: the host is asked at RCPT, or --known lists them",
      ).choices(ROUTE_CHECKS),
    )
    .option("--known <file>", `for --check list: one name or name@domain a line, ${MAX_KNOWN_NAMES} at the most`);
}

/** The route that the command line, stdin and the files make. Failure with what is wrong of them. */
export async function newRoute(pattern: string, destination: string, flags: RouteFlags, io: Io): Promise<NewRoute> {
  const { accept, tls, login, check } = flags;
  if ((login !== undefined) !== (flags.passwordStdin === true))
    throw cannotSet(pattern, "--login USER and --password-stdin come together");
  if ((check === "list") !== (flags.known !== undefined))
    throw cannotSet(pattern, "--check list and --known FILE come together");
  const options: RouteOptions = {
    ...(tls === undefined ? {} : { tls }),
    ...(flags.ca === undefined ? {} : { ca: await readAuthority(flags.ca) }),
    ...(login === undefined ? {} : { login, password: await readSecretLine(io.stdin) }),
    ...(check === undefined ? {} : { check }),
  };
  const names = flags.known === undefined ? {} : { names: await readNames(flags.known, pattern) };
  return { pattern, destination, accept, ...options, ...names };
}

function cannotSet(pattern: string, why: string): Failure {
  return new Failure(EXIT.usage, `Cannot set the route for ${pattern}: ${why}`);
}

/** Some authorities with all that comes with them; each connection reads them. */
const MAX_AUTHORITY = 64 * 1024;

async function readAuthority(file: string): Promise<string> {
  const text = await readTextFile(file, "use the authority");
  const cannot = (why: string, cause?: unknown) =>
    new Failure(EXIT.badData, `Cannot use the authority ${file}: ${why}`, { cause });
  if (text.length > MAX_AUTHORITY) throw cannot(`it is longer than ${MAX_AUTHORITY} bytes`);
  try {
    new X509Certificate(text);
  } catch (cause) {
    throw cannot("it is no certificate in PEM", cause);
  }
  return text;
}

async function readNames(file: string, pattern: string): Promise<readonly string[]> {
  const { names, problems } = readKnownNames(await readTextFile(file, "import the names of"), patternKey(pattern));
  if (problems.length > 0)
    throw new Failure(
      EXIT.badData,
      `Cannot set the route for ${pattern}, nothing is changed:\n${problems.map(({ line, says }) => `${file}:${line}: ${says}`).join("\n")}`,
    );
  if (names.length === 0)
    throw new Failure(
      EXIT.badData,
      `Cannot set the route for ${pattern}: ${file} has no name, all mail would be refused`,
    );
  return names;
}
