import { ALPHANUMERIC, DIGITS, type Dice } from "./dice.ts";
import type { Letter } from "./letter.ts";

/** Header lines that the hosts on a message's way write, the last host's first. Most of a short message is this. */
export function traceLines(dice: Dice, { from, to, ms, class: kind }: Letter): string[] {
  const recipient = to[0]?.address ?? "";
  const near = [`Return-Path: <${from.address}>`, `Delivered-To: ${recipient}`];
  if (kind === "tiny") return [...near, received(dice, from.domain, from.ip, recipient, ms)];
  if (from.route === "office")
    return [...near, received(dice, from.domain, from.ip, recipient, ms), ...submitted(dice, from.domain, ms)];
  const signed = dkim(dice, from.domain, ms);
  if (from.route === "provider") return [...providerTrace(dice, recipient, ms), ...signed];
  return [...listTrace(dice, from.domain, from.ip, recipient, ms), ...(dice.chance(0.35) ? signed : [])];
}

const LIST = "members.lists.example.org";
/** What a list adds below. */
export const LIST_FOOTER = `${"_".repeat(47)}\nmembers mailing list\nmembers@lists.example.org\nhttps://lists.example.org/mailman/listinfo/members\n`;

function listTrace(dice: Dice, domain: string, ip: string, recipient: string, ms: number): string[] {
  const name = LIST.split(".")[0];
  return [
    `Return-Path: <${name}-bounces@lists.example.org>`,
    `Received: from localhost (localhost [127.0.0.1])\n\tby lists.example.org (Postfix) with ESMTP id ${dice.hex(11).toUpperCase()};\n\t${date(ms + 9000)} (UTC)`,
    "X-Original-To: members@lists.example.org",
    `Delivered-To: ${recipient}`,
    received(dice, domain, ip, "members@lists.example.org", ms + 4000),
    ...submitted(dice, domain, ms),
    `X-Spam-Status: No, score=-${dice.between(0, 6)}.${dice.between(0, 9)} required=5.0 tests=BAYES_00,${dice.chance(0.5) ? "DKIM_SIGNED,DKIM_VALID," : ""}${dice.chance(0.3) ? "FREEMAIL_FROM," : ""}SPF_PASS\n\tautolearn=ham version=3.4.6`,
    `X-BeenThere: members@lists.example.org\nX-Mailman-Version: 2.1.39\nPrecedence: list\nList-Id: Members <${LIST}>`,
    `List-Unsubscribe: <https://lists.example.org/mailman/options/${name}>,\n <mailto:${name}-request@lists.example.org?subject=unsubscribe>`,
    `List-Archive: <https://lists.example.org/pipermail/${name}/>\nList-Post: <mailto:members@lists.example.org>`,
    `Errors-To: ${name}-bounces@lists.example.org\nSender: "Members" <${name}-bounces@lists.example.org>`,
  ];
}

function providerTrace(dice: Dice, recipient: string, ms: number): string[] {
  const host = `mail-${dice.of(ALPHANUMERIC, 2).toLowerCase()}1-f${dice.between(10, 200)}.example.net`;
  const id = `${dice.hex(13)}-${dice.hex(11)}so${dice.of(DIGITS, 9)}`;
  return [
    `Received: from ${host} (${host} [198.51.100.${dice.between(1, 255)}])\n\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits))\n\tby mx.example.org (Postfix) with ESMTPS id ${dice.hex(10).toUpperCase()}\n\tfor <${recipient}>; ${date(ms + 5000)} (UTC)`,
    `Received: by ${host} with SMTP id ${id}.${dice.between(0, 4)}\n        for <${recipient}>; ${date(ms + 2000)}`,
    `X-Received: by 2002:a05:${dice.hex(4)}:${dice.hex(4)}:b0:${dice.hex(3)}:${dice.hex(4)}:${dice.hex(4)} with SMTP id\n ${dice.hex(13)}-${dice.hex(11)}mr${dice.of(DIGITS, 10)}.${dice.between(1, 60)}.${Math.floor(ms / 1000)};\n        ${date(ms + 1000)}`,
    `X-Gm-Message-State: AOJu0Y${dice.base64(76)}`,
    `X-Google-Smtp-Source: AGHT+I${dice.base64(64)}`,
  ];
}

function received(dice: Dice, domain: string, ip: string, recipient: string, ms: number): string {
  return `Received: from mail.${domain} (mail.${domain} [${ip}])\n\tby mx.example.org (Postfix) with ESMTPS id ${dice.hex(10).toUpperCase()}\n\tfor <${recipient}>; ${date(ms + 3000)} (UTC)`;
}

function submitted(dice: Dice, domain: string, ms: number): string[] {
  const from = `10.${dice.between(0, 4)}.${dice.between(0, 20)}.${dice.between(2, 250)}`;
  return [
    `Received: from [${from}] (unknown [${from}])\n\t(Authenticated sender)\n\tby mail.${domain} with ESMTPSA id ${dice.of(ALPHANUMERIC, 12)}; ${date(ms + 1000)}`,
  ];
}

function dkim(dice: Dice, domain: string, ms: number): string[] {
  const signature = dice.base64(342).replace(/.{72}/g, "$&\n         ");
  return [
    `DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=${domain};\n\ts=default; t=${Math.floor(ms / 1000)};\n\th=from:to:cc:subject:date:message-id:in-reply-to:references:mime-version;\n\tbh=${dice.base64(43)}=;\n\tb=${signature}==`,
  ];
}

/** As RFC 5322 writes it. */
export function date(ms: number): string {
  return new Date(ms).toUTCString().replace("GMT", "+0000");
}
