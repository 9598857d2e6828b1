import { hostname } from "node:os";
import { documentKeys, type KeyTable, sampleToml, schemaOf } from "#shared/config/key-table.js";
import { readConfigFile, valueOrFailure } from "#shared/config/load-config.js";
import { type NodeConfig, nodeConfig, nodeKeys, nodeProblems } from "#shared/config/node-config.js";
import { type CrossCheck, type Read, readToml } from "#shared/config/read-toml.js";
import { domain, duration, flag, listen, name, text } from "#shared/config/settings.js";

export const HUB_FILE = "hub.toml";

export interface HubConfig extends NodeConfig {
  readonly dir: string;
  /** The organisation's first domain. */
  readonly domain: string;
  /** The hub's own office. */
  readonly office: string;
  /** The name under which the hub speaks SMTP. */
  readonly host: string;
  /** Absent where programs are not allowed. */
  readonly programs?: { readonly user: string; readonly timeoutMs: number };
}

/** Every key of hub.toml. */
export const HUB_KEYS = {
  domain: {
    schema: domain("the organisation's first domain, such as example.org"),
    doc: "The organisation's first domain; more of them are in the directory",
  },
  office: {
    schema: name("the name of headquarters, such as kabul"),
    doc: "The name of the office where the hub stands",
  },
  host: {
    schema: domain("the hub's own host name, such as kabul.example.org"),
    doc: "The hub's own name: in greetings, in Received lines and in the final addresses of its people",
  },
  ...nodeKeys("hub"),
  "programs.allow": {
    schema: flag,
    default: "false",
    doc: "Whether routes, aliases and instructions may run programs",
  },
  "programs.user": {
    schema: text("the account that programs run as, such as nobody").optional(),
    example: '"nobody"',
    doc: "The account that programs and the filter run as; must be given when programs are allowed",
  },
  "programs.timeout": { schema: duration, default: '"5m"', doc: "How long a program may take for one message" },
  "link.listen": { schema: listen, default: '"0.0.0.0:6209"', doc: "The link: TLS 1.3 with the offices' keys" },
} satisfies KeyTable;

/** Who this hub is. */
export function identityOf({ domain, office, host, programs }: Omit<HubConfig, keyof NodeConfig | "dir">) {
  return { domain, office, host, localNames: [hostname()], programs: programs !== undefined };
}

/** DIR/hub.toml; a Failure (78) with every problem when it will not do. */
export function loadHubConfig(dir: string): HubConfig {
  const text = readConfigFile(dir, HUB_FILE, "make a hub with qrelay hub init");
  return valueOrFailure(HUB_FILE, parseHubConfig(text, dir));
}

export function parseHubConfig(text: string, dir: string): Read<HubConfig> {
  const read = readToml(text, schemaOf(HUB_KEYS), hubProblems);
  if (!read.ok) return read;
  const { domain, office, host, "link.listen": link } = read.value;
  const node = nodeConfig(read.value, dir, { link, prefix: "" });
  const user = read.value["programs.user"];
  const filter = node.filter === undefined || user === undefined ? {} : { filter: { ...node.filter, user } };
  return { ok: true, value: { dir, domain, office, host, ...node, ...filter, ...programsOf(read.value) } };
}

function programsOf(values: {
  readonly "programs.allow": boolean;
  readonly "programs.user"?: string | undefined;
  readonly "programs.timeout": number;
}): Pick<HubConfig, "programs"> {
  const user = values["programs.user"];
  if (!values["programs.allow"] || user === undefined) return {};
  return { programs: { user, timeoutMs: values["programs.timeout"] } };
}

const hubProblems: CrossCheck = (raw) => {
  const programs = raw.programs as { allow?: unknown; user?: unknown } | undefined;
  const unnamed = programs?.allow === true && programs.user === undefined;
  const wanted =
    "the account that programs run as, since programs.allow is true: another one than the hub's, which may read all mail";
  return [...nodeProblems(raw), ...(unnamed ? [{ path: ["programs", "user"], wanted }] : [])];
};

/** The file that `init` begins with: the required keys set, all others as comments. */
export function newHubToml(given: { domain: string; office: string; host: string }): string {
  return sampleToml(HUB_KEYS, given);
}

export function documentHubKeys(): string {
  return `# hub.toml\n\nMade from the table in config.ts; \`qrelay check\` tells every mistake with its line.\n\n${documentKeys(HUB_KEYS)}`;
}
