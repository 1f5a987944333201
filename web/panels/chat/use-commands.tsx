// The list of commands that opens over the message box when a slash is typed at its beginning.

import type { ComponentChildren } from "preact"
import { useContext, useEffect, useState } from "preact/hooks"
import { commandIn, matchCommands } from "../../store/commands.ts"
import type { Page } from "../../store/page.ts"
import { text } from "../../text/index.ts"
import { StatusLine } from "../../ui/status.ts"

const LIST_ID = "commands"
const optionId = (name: string) => `command-${name}`

export interface CommandMenu {
  /** What the message box has to say of the list to assistive technology. */
  readonly attributes: object
  readonly list: ComponentChildren
  /** True when the key was for the list. */
  press(key: string): boolean
  /** The message box has lost the focus. */
  left(): void
}

export function useCommands(page: Page): CommandMenu {
  const { chat, commands, drafts } = page
  const draft = drafts.of(chat.sessionKey).value
  const typed = commandIn(draft)
  const [active, setActive] = useState(0)
  /** The text at which the list was closed. */
  const [closedAt, setClosedAt] = useState<string>()
  const say = useContext(StatusLine)
  const isTyping = typed !== undefined
  const found =
    typed === undefined || closedAt === draft ? [] : matchCommands(commands.all.value, typed)
  const chosen = found[Math.min(active, found.length - 1)]
  const count = found.length

  useEffect(() => {
    if (isTyping) void commands.load()
    else setClosedAt(undefined)
  }, [isTyping])
  useEffect(() => setActive(0), [typed])
  useEffect(() => {
    if (count > 0) say(text.commands.found(count))
  }, [count])

  const take = (name: string, args: string | undefined) => {
    const next = args === undefined ? `/${name}` : `/${name} `
    drafts.write(chat.sessionKey, next)
    setClosedAt(next)
  }

  return {
    attributes: {
      "aria-autocomplete": "list",
      "aria-haspopup": "listbox",
      ...(chosen !== undefined && {
        "aria-controls": LIST_ID,
        "aria-activedescendant": optionId(chosen.name),
      }),
    },
    list: chosen !== undefined && (
      <div
        class="commands"
        id={LIST_ID}
        role="listbox"
        aria-label={text.commands.title}
        // The focus stays in the message box.
        onMouseDown={(event) => event.preventDefault()}
      >
        {found.map(({ args, description, name }, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the message box has the focus and the keys.
          // biome-ignore lint/a11y/useFocusableInteractive: as above.
          <div
            key={name}
            id={optionId(name)}
            class="command-row"
            role="option"
            aria-selected={name === chosen.name}
            ref={name === chosen.name ? scrollIntoView : null}
            onPointerEnter={() => setActive(index)}
            onClick={() => take(name, args)}
          >
            <code>
              /{name}
              {args !== undefined && ` ${args}`}
            </code>
            <span class="muted">{description}</span>
          </div>
        ))}
      </div>
    ),
    left: () => setClosedAt(draft),
    press(key) {
      if (chosen === undefined) return false
      switch (key) {
        case "ArrowDown":
          setActive((Math.min(active, count - 1) + 1) % count)
          return true
        case "ArrowUp":
          setActive((Math.min(active, count - 1) - 1 + count) % count)
          return true
        case "Escape":
          setClosedAt(draft)
          return true
        case "Enter":
          // A command that is there in full is sent.
          if (draft === `/${chosen.name}`) return false
          take(chosen.name, chosen.args)
          return true
        case "Tab":
          take(chosen.name, chosen.args)
          return true
        default:
          return false
      }
    },
  }
}

function scrollIntoView(option: HTMLElement | null): void {
  option?.scrollIntoView({ block: "nearest" })
}
