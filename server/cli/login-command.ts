// The rows of `login` and `logout`. Linking itself is the gateway's: here it is shown.

import { isAbsolute, join } from "node:path"
import type { LoginStartParams, MethodResult } from "#protocol"
import type { Command, FlagValues, Io } from "./command.ts"
import { EXIT } from "./exit-codes.ts"
import { COMMON } from "./flags.ts"
import { UsageError } from "./usage-error.ts"

const CHANNEL = { form: "--channel <id>", help: "what to link (whatsapp)" }
const DEFAULT_CHANNEL = "whatsapp"

export const LOGIN: Command = {
  name: "login",
  summary: "link WhatsApp with the gateway, by a QR code or by a code to type",
  flags: [
    CHANNEL,
    { form: "--code", help: "a code to type on the phone, in place of a QR code" },
    {
      form: "--phone <number>",
      help: "for --code: the account's number, such as +15550100000",
      parse: parsePhone,
    },
    { form: "--qr-file <path>", help: "the QR code as a picture (SVG) for a browser" },
    ...COMMON,
  ],
  examples: [
    "clawdis login",
    "clawdis login --code --phone +15550100000",
    "clawdis login --qr-file link.svg",
  ],
  notes: [
    "It waits for as long as codes come; Ctrl-C cancels. --timeout is about the connection only.",
    "An account that is linked already is an error (exit 1): a script must not take it for the one",
    "that it wanted. With --json the steps, codes included, are JSON lines on stderr, and stdout gets",
    "one document at the end.",
  ],
  async run({ flags, io, link, print, progress }) {
    const params = toParams(flags)
    const qrFile = toQrFile(flags)
    const { login } = await import("./gw/login.ts")
    const { createLoginView } = await import("./login-view.ts")
    const gateway = await link()
    const view = await createLoginView({
      io,
      progress,
      isJson: flags.isSet("json"),
      ...(qrFile !== undefined && { qrFile }),
    })
    try {
      const linked = await login(gateway, params, view.show)
      await view.close()
      if (flags.isSet("json")) print({ ok: true, ...linked })
      else view.linked(linked)
      return EXIT.ok
    } finally {
      await view.close()
    }
  },
}

export const LOGOUT: Command = {
  name: "logout",
  summary: "take the gateway off the linked account and forget its credentials",
  flags: [
    { ...CHANNEL, help: "what to unlink (whatsapp)" },
    { form: "--yes", help: "do not ask" },
    ...COMMON,
  ],
  examples: ["clawdis logout", "clawdis logout --yes"],
  notes: ["If nothing was linked it says so, exit 0. A login under way is cancelled."],
  async run({ flags, io, link, print, signal }) {
    const channel = flags.text("channel") ?? DEFAULT_CHANNEL
    if (!flags.isSet("yes") && !(await confirm(io, channel, signal))) return EXIT.failed
    const { logout } = await import("./gw/login.ts")
    const result = await logout(await link(), channel)
    if (flags.isSet("json")) print(result)
    else {
      io.stdout.write(toLogoutText(result))
    }
    return EXIT.ok
  },
}

function toLogoutText({ loggedOut, serviceTold }: MethodResult<"logout">): string {
  if (!loggedOut) return "Nothing was linked.\n"
  const still =
    serviceTold === false
      ? "The service could not be reached: take the gateway off on the phone as well, under Linked devices.\n"
      : ""
  return `Unlinked; the credentials are forgotten.\n${still}To link again: clawdis login\n`
}

async function confirm({ stderr, stdin }: Io, channel: string, signal: AbortSignal) {
  if (stdin === undefined || !("isTTY" in stdin) || stdin.isTTY !== true) {
    throw new UsageError("nobody can be asked here; add --yes.")
  }
  const { ask } = await import("./ask.ts")
  const question = `Unlink ${channel}? The gateway must be linked anew before it can send. [y/N] `
  return ask(question, { input: stdin, output: stderr, signal })
}

function toParams(flags: FlagValues): LoginStartParams {
  const channel = flags.text("channel") ?? DEFAULT_CHANNEL
  const phone = flags.text("phone")
  if (!flags.isSet("code")) {
    if (phone !== undefined) throw new UsageError("--phone is for --code.")
    return { channel, method: "qr" }
  }
  if (flags.text("qrFile") !== undefined) {
    throw new UsageError("--qr-file and --code exclude each other.")
  }
  if (phone === undefined) {
    throw new UsageError("--code needs --phone, the account's number, such as +15550100000.")
  }
  return { channel, method: "code", phone }
}

function toQrFile(flags: FlagValues): string | undefined {
  const path = flags.text("qrFile")
  if (path === undefined) return undefined
  return isAbsolute(path) ? path : join(process.cwd(), path)
}

function parsePhone(text: string): string {
  const number = text.replace(/[\s().-]/g, "")
  if (!/^\+[1-9][0-9]{6,14}$/.test(number)) {
    throw new UsageError("must be a number with its country, such as +15550100000.")
  }
  return number
}
