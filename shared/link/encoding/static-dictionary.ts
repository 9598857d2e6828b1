import { hash } from "node:crypto";
export const STATIC_DICTIONARY: Uint8Array = Buffer.from(
  "Received: from by with ESMTP id\nDate: \nFrom: \nTo: \nSubject: Re: \nMessage-ID: <\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n",
);
export const STATIC_DICTIONARY_ID = hash("sha256", STATIC_DICTIONARY, "hex").slice(0, 8);
