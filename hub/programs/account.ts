import { spawnSync } from "node:child_process";
import { userInfo } from "node:os";
import { EXIT } from "#shared/cli/exit-codes.js";
import { Failure } from "#shared/cli/failure.js";

/**
 * The account that programs run as. The hub's own could read everybody's mail, so another one must be named, or the own one
 * knowingly.
 *
 * @returns what spawn is told; nothing for the account that we are
 * @throws Failure (78) when there is none of that name, or we may not become it
 */
export function programAccount(name: string): { uid: number; gid: number } | undefined {
  const own = userInfo();
  if (name === own.username) return undefined;
  const [uid, gid] = ["-u", "-g"].map((flag) => Number(spawnSync("id", [flag, "--", name]).stdout?.toString() || "x"));
  if (uid === undefined || gid === undefined || Number.isNaN(uid) || Number.isNaN(gid))
    throw new Failure(
      EXIT.config,
      `programs.user is ${JSON.stringify(name)}: there is no such account on this machine`,
    );
  if (own.uid !== 0)
    throw new Failure(
      EXIT.config,
      `programs.user is ${JSON.stringify(name)}: only root can run programs as another account, and this is ${own.username}; start the hub as root, or say programs.user = ${JSON.stringify(own.username)} if programs may read all mail`,
    );
  return { uid, gid };
}
