// Loaded before the gateway's own modules: its start gets as far as what CLAWDIS_TEST_START names, the
// port that never opens, the media folder that is never read to its end, or the outbox that cannot be read.

import { promises } from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import { Server } from "node:net"
import { DatabaseSync } from "node:sqlite"

const trouble = process.env["CLAWDIS_TEST_START"]
const { readdir } = promises
const { prepare } = DatabaseSync.prototype

function hangAtMedia(...given: Parameters<typeof readdir>): unknown {
  if (!String(given[0]).endsWith("/media")) return readdir(...given)
  process.stdout.write("the start hangs\n")
  return new Promise(() => undefined)
}

if (trouble === "hangs early") {
  Server.prototype.listen = function () {
    process.stdout.write("the start hangs\n")
    return this
  }
}
if (trouble === "hangs") {
  promises.readdir = hangAtMedia as typeof readdir
  syncBuiltinESMExports()
}
if (trouble === "fails") {
  DatabaseSync.prototype.prepare = function (text, ...rest) {
    if (!text.includes("state = 'sending'")) return prepare.call(this, text, ...rest)
    throw Object.assign(new Error("disk I/O error"), { code: "ERR_SQLITE_ERROR" })
  }
}
