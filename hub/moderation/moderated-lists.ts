import { isApproval, tokenFor } from "#hub/directory/approval-secret.js";
import type { Directory } from "#hub/directory/directory.js";
import { directoryView, type Identity } from "#hub/directory/view.js";
import { chooseAtHome } from "#hub/routing/home-choice.js";
import { addressKey, splitAddress } from "#shared/mail/address.js";
import { type Approval, readApproval } from "#shared/mail/approval.js";

/** What the queue of held mail asks the directory. Addresses are as the router writes them into that queue. */
export interface ModeratedLists {
  /** Who is asked; undefined: there is no such list any more. */
  at(list: string): { readonly owner: string } | undefined;
  /** The owner's word; undefined for a list's own address. */
  approvalAt(address: string): (Approval & { readonly address: string }) | undefined;
  token(list: string, mailId: string): string;
}

/** @param postmaster who is asked where the owner has been taken away */
export function moderatedLists(directory: Directory, identity: Identity, postmaster: string): ModeratedLists {
  const view = directoryView(directory, identity);
  return {
    at(list) {
      const { local, domain } = splitAddress(list);
      const choice = chooseAtHome(view, { name: addressKey(local), local, domain });
      if (choice?.kind !== "alias") return undefined;
      const { owner = postmaster } = view.list(choice.key) ?? {};
      return { owner: owner.includes("@") ? owner : `${owner}@${view.domain}` };
    },
    approvalAt(address) {
      const { local, domain } = splitAddress(address);
      const approval = readApproval(local);
      if (approval === undefined) return undefined;
      const list = `${approval.list}@${domain}`;
      return isApproval(directory, list, approval.token) ? { ...approval, address: list } : undefined;
    },
    token: (list, mailId) => tokenFor(directory, list, mailId),
  };
}
