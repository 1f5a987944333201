// What the sheet of shortcuts lists, as the settings stand.

import type { Choice } from "../../store/settings.ts"
import { later } from "../../text/later.ts"

export interface HelpGroup {
  readonly title: string
  readonly keys: readonly {
    readonly does: string
    readonly combinations: readonly (readonly string[])[]
  }[]
}

export interface HelpOptions {
  readonly enter: Choice<"enter">
  readonly singleKeys: boolean
  readonly isMac: boolean
}

export function groupsOf({ enter, isMac, singleKeys }: HelpOptions): readonly HelpGroup[] {
  const { does, keys } = later.help
  const main = isMac ? keys.cmd : keys.ctrl
  const sends = enter === "send" ? [[keys.enter], [main, keys.enter]] : [[main, keys.enter]]
  const breaks = enter === "send" ? [[keys.shift, keys.enter]] : [[keys.enter]]
  const writing = {
    title: later.help.writing,
    keys: [
      { does: does.send, combinations: sends },
      { does: does.newline, combinations: breaks },
      { does: does.stop, combinations: [[keys.esc]] },
      { does: does.recall, combinations: [[keys.up]] },
      { does: does.commands, combinations: [["/"]] },
    ],
  }
  const anywhere = {
    title: later.help.anywhere,
    keys: [
      { does: does.find, combinations: [[main, "K"]] },
      { does: does.newSession, combinations: [[main, keys.shift, "O"]] },
      { does: does.regions, combinations: [["F6"]] },
    ],
  }
  const outside = {
    title: later.help.outside,
    keys: [
      { does: does.focus, combinations: [["/"]] },
      { does: does.help, combinations: [["?"]] },
    ],
  }
  return singleKeys ? [writing, anywhere, outside] : [writing, anywhere]
}
