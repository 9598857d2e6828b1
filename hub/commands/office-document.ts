import type { Office } from "#hub/directory/offices.js";
import { formatListen, type Listen } from "#shared/config/listen.js";
import type { ReplicaKind } from "#shared/link/names-update.js";
import { encodeToken } from "#shared/link/token.js";
import type { Hub } from "./open-hub.ts";

/** The document of `office show --json`; scripts read it, so its keys stay. The key is in the token only. */
export interface OfficeDocument {
  readonly name: string;
  readonly host: string;
  readonly own: boolean;
  readonly paused: boolean;
  readonly people: number;
  /** Names of the aliases that the office keeps for itself, as it has told them. */
  readonly aliases: readonly string[];
  /** Largest message that may wait for it, in bytes. */
  readonly limit?: number;
  readonly dial?: string;
  readonly windows?: string;
  readonly zone?: string;
  readonly prefix?: string;
  /** Old mail is kept for its link. */
  readonly history: boolean;
  /** What it may hold of the organisation's names, and whether it holds the newest. */
  readonly replica: ReplicaKind;
  readonly replicaCurrent: boolean;
  /** ISO times. */
  readonly created: string;
  readonly lastContact?: string;
  /** It has the newest list of its people. */
  readonly current: boolean;
}

export function officeDocument(hub: Hub, office: Office): OfficeDocument {
  const { name, host, own, paused, limitBytes, dial, windows, zone, prefix, history, createdAt, lastContactAt } =
    office;
  return {
    name,
    host,
    own,
    paused,
    people: hub.directory.people.list(name).length,
    aliases: hub.directory.officeNames.list(name),
    ...(limitBytes === undefined ? {} : { limit: limitBytes }),
    ...(dial === undefined ? {} : { dial }),
    ...(windows === undefined ? {} : { windows }),
    ...(zone === undefined ? {} : { zone }),
    ...(prefix === undefined ? {} : { prefix }),
    history,
    ...replicaOf(hub, office),
    created: new Date(createdAt).toISOString(),
    ...(lastContactAt === undefined ? {} : { lastContact: new Date(lastContactAt).toISOString() }),
    current: own || office.sentVersion === office.peopleVersion,
  };
}

function replicaOf({ directory: { names, replicas } }: Hub, { name, own }: Office) {
  const { policy, held, version = -1 } = replicas.get(name);
  const newest = policy === "none" || version >= names.newest(policy === "book");
  return { replica: policy, replicaCurrent: own || (held === policy && newest) };
}

/** The usual port of the link, for a hub whose listener is off or on a port that the system chooses. */
const LINK_PORT = 6209;

/** The join token of an office. `addresses` as given, else made from the hub's name and its listeners. */
export function joinToken(hub: Hub, office: Office, addresses: readonly string[]): string {
  const { config, directory } = hub;
  return encodeToken({
    domains: [...new Set([config.domain, ...directory.domains.synonyms()])],
    office: office.name,
    host: office.host,
    hub: config.host,
    addresses: addresses.length > 0 ? addresses : hubAddresses(config.host, config.listen.link),
    key: office.key,
  });
}

/** A listener on loopback is reached there and nowhere else; any other by the hub's name, which DNS may move. */
function hubAddresses(host: string, listeners: readonly Listen[]): string[] {
  const addresses = listeners.map((listener) => {
    const port = listener.port === 0 ? LINK_PORT : listener.port;
    return isLoopback(listener.host) ? formatListen({ host: listener.host, port }) : `${host}:${port}`;
  });
  return addresses.length === 0 ? [`${host}:${LINK_PORT}`] : [...new Set(addresses)];
}

function isLoopback(host: string): boolean {
  return host === "::1" || host.startsWith("127.");
}
