import { readFileSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { parse } from "smol-toml";
import { z } from "zod";
import { EXIT } from "#shared/cli/exit-codes.js";
import { Failure } from "#shared/cli/failure.js";
import { type Listen, parseListen } from "#shared/config/listen.js";
import { parseSize } from "../units.ts";

/** What sendmail has to know of the node of this machine, hub or spoke. */
export interface LocalNode {
  /** Absent when its configuration cannot be read: an ordinary user may still speak SMTP. */
  readonly dir?: string;
  /** The organisation's domain, for Message-ID. */
  readonly domain: string;
  /** Bare names are people of this host. */
  readonly host: string;
  /** Where it takes mail, if anywhere. */
  readonly smtp: Listen | undefined;
  /** Bytes. */
  readonly maxMessage: number;
}

const FILES = ["hub.toml", "spoke.toml"];
const DEFAULT_FOLDERS = ["/var/lib/qrelay/hub", "/var/lib/qrelay/spoke"];
/** As in the table of keys that hub and spoke share. */
const DEFAULT_SMTP = "0.0.0.0:25";
const DEFAULT_MAX = "25M";

/** Only what is needed, and only loosely: a mistake in another key must not keep cron's mail from being written. */
const CONFIG = z.object({
  host: z.string(),
  domain: z.string().optional(),
  domains: z.array(z.string()).optional(),
  smtp: z.object({ listen: z.unknown() }).partial().optional(),
  limits: z.object({ message: z.unknown() }).partial().optional(),
});

/** @param dir `--dir` or QRELAY_DIR; absent: the places of the packaged service */
export function findLocalNode(dir: string | undefined): LocalNode {
  const folders = dir === undefined ? DEFAULT_FOLDERS : [dir];
  let hidden = false;
  for (const folder of folders) {
    for (const file of FILES) {
      try {
        return localNode(folder, file, readFileSync(join(folder, file), "utf8"));
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code;
        if (code === "EACCES" || code === "EPERM") hidden = true;
        else if (code !== "ENOENT" && code !== "ENOTDIR") throw error;
      }
    }
  }
  if (hidden)
    return {
      domain: hostname(),
      host: "localhost",
      smtp: { host: "127.0.0.1", port: 25 },
      maxMessage: Number.POSITIVE_INFINITY,
    };
  throw new Failure(
    EXIT.config,
    `Cannot find a node in ${folders.join(" or ")}: name its folder with --dir or QRELAY_DIR`,
  );
}

function localNode(dir: string, file: string, text: string): LocalNode {
  try {
    const { host, domain, domains, smtp, limits } = CONFIG.parse(parse(text));
    const listen = parseListen(smtp?.listen ?? DEFAULT_SMTP) ?? [];
    return {
      dir,
      host,
      domain: domain ?? domains?.[0] ?? host,
      smtp: reachable(listen),
      maxMessage: parseSize(String(limits?.message ?? DEFAULT_MAX)) ?? Number.POSITIVE_INFINITY,
    };
  } catch (cause) {
    throw new Failure(EXIT.config, `Cannot use ${join(dir, file)}: run \`qrelay check\`, which says what is wrong`, {
      cause,
    });
  }
}

/** The first that can be called from here; port 0 was chosen by the system and stands nowhere. */
function reachable(listen: readonly Listen[]): Listen | undefined {
  const first = listen.find(({ port }) => port !== 0);
  if (first === undefined) return undefined;
  const everywhere: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" };
  return { ...first, host: everywhere[first.host] ?? first.host };
}

/**
 * cron runs as root, and an entry that belongs to root could not be read by a node that runs as somebody else. So
 * root becomes the owner of the folder before anything is written, for the rest of this process.
 */
export function actAsOwner(dir: string): void {
  if (process.geteuid?.() !== 0) return;
  const { uid, gid } = statSync(dir);
  if (uid === 0) return;
  process.setgroups?.([gid]);
  process.setegid?.(gid);
  process.seteuid?.(uid);
}
