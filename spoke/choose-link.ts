import { EXIT } from "#shared/cli/exit-codes.js";
import { Failure } from "#shared/cli/failure.js";
import type { Link } from "./config.ts";

/** Which links a flush tries, in order (pure). */
export interface LinkRequest {
  readonly link?: string;
  /** HOST:PORT instead of the link's address. */
  readonly connect?: string;
  readonly plain?: boolean;
}

/** @throws Failure (64, 78) for a link that is not there, or an address that is none */
export function linksFor(
  links: readonly Link[],
  { link: name, connect, plain }: LinkRequest,
): readonly [Link, ...Link[]] {
  const named = name === undefined ? links : links.filter((link) => link.name === name);
  if (name !== undefined && named.length === 0) {
    const known = links.map((link) => link.name).join(", ") || "none";
    throw new Failure(EXIT.usage, `There is no link "${name}": spoke.toml has ${known}`);
  }
  if (connect !== undefined) return [atAddress(named[0], connect, plain === true)];
  const [first, ...rest] = plain === true ? overQmtp(named) : named;
  if (first === undefined) {
    const text = "No link is configured: add a [[link]] to spoke.toml, or give --connect HOST:PORT";
    throw new Failure(EXIT.config, text);
  }
  // An order of preference: the next one is for when this one leads nowhere.
  return [first, ...rest];
}

/** A command speaks to a qrelay node; where others are to choose from, it is passed over. */
function overQmtp(links: readonly Link[]): Link[] {
  const plain = links.flatMap((link): Link[] => {
    const { connect } = link;
    return connect.scheme === "exec" ? [] : [{ ...link, protocol: "qmtp", connect: { ...connect, scheme: "qmtp" } }];
  });
  if (plain.length === 0 && links[0] !== undefined)
    throw new Failure(EXIT.usage, `Cannot flush "${links[0].name}" with --qmtp: it runs a command`);
  return plain;
}

function atAddress(chosen: Link | undefined, connect: string, plain: boolean): Link {
  const match = /^(?:\w+:\/\/)?(?:\[([0-9a-f:.]+)\]|([^\s:]+)):(\d{1,5})$/i.exec(connect);
  if (match === null) throw new Failure(EXIT.usage, `Cannot connect to "${connect}": give HOST:PORT`);
  const to = { host: match[1] ?? match[2] ?? "", port: Number(match[3]) };
  return {
    ...(chosen ?? UNCONFIGURED),
    protocol: plain ? "qmtp" : "qrelay",
    connect: { scheme: plain ? "qmtp" : "tls", ...to },
  };
}

const UNCONFIGURED: Omit<Link, "connect" | "protocol"> = {
  name: "command-line",
  duplex: "full",
  order: "both",
  windows: [],
  history: true,
  listen: [],
};
