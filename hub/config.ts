import { documentKeys, type KeyTable, sampleToml, schemaOf } from "#shared/config/key-table.js";
import { readConfigFile, valueOrFailure } from "#shared/config/load-config.js";
import { type NodeConfig, nodeConfig, nodeKeys, nodeProblems } from "#shared/config/node-config.js";
import { type Read, readToml } from "#shared/config/read-toml.js";
import { domain, listen, name } from "#shared/config/settings.js";

export const HUB_FILE = "hub.toml";

export interface HubConfig extends NodeConfig {
  readonly dir: string;
  /** The organisation's first domain. */
  readonly domain: string;
  /** The hub's own office. */
  readonly office: string;
  /** The name under which the hub speaks SMTP. */
  readonly host: string;
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
  "link.listen": { schema: listen, default: '"0.0.0.0:6209"', doc: "The link: TLS 1.3 with the offices' keys" },
} satisfies KeyTable;

/** DIR/hub.toml; a Failure (78) with every problem when it will not do. */
export function loadHubConfig(dir: string): HubConfig {
  const text = readConfigFile(dir, HUB_FILE, "make a hub with qrelay hub init");
  return valueOrFailure(HUB_FILE, parseHubConfig(text, dir));
}

export function parseHubConfig(text: string, dir: string): Read<HubConfig> {
  const read = readToml(text, schemaOf(HUB_KEYS), nodeProblems);
  if (!read.ok) return read;
  const { domain, office, host, "link.listen": link } = read.value;
  return { ok: true, value: { dir, domain, office, host, ...nodeConfig(read.value, dir, { link, prefix: "" }) } };
}

/** The file that `init` begins with: the required keys set, all others as comments. */
export function newHubToml(given: { domain: string; office: string; host: string }): string {
  return sampleToml(HUB_KEYS, given);
}

export function documentHubKeys(): string {
  return `# hub.toml\n\nMade from the table in config.ts; \`qrelay check\` tells every mistake with its line.\n\n${documentKeys(HUB_KEYS)}`;
}
