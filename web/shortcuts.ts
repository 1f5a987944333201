// Keys that work wherever the focus is. Those of one letter work only outside of a field, and can be
// switched off.

import { uncover, writeIn } from "./panels/sessions/write-in.ts"
import type { Page } from "./store/page.ts"

export type Shortcut =
  | "find"
  | "newSession"
  | "focus"
  | "help"
  | "nextRegion"
  | "previousRegion"
  | "close"

export interface KeyPress
  extends Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "shiftKey" | "altKey"> {
  readonly isInField: boolean
}

/** What the key is for; undefined when it is not for the page. */
export function shortcutOf(
  press: KeyPress,
  options: { singleKeys: boolean },
): Shortcut | undefined {
  const { key, altKey, ctrlKey, isInField, metaKey, shiftKey } = press
  if (altKey) return undefined
  if (ctrlKey || metaKey) {
    const letter = key.toLowerCase()
    if (letter === "k" && !shiftKey) return "find"
    return letter === "o" && shiftKey ? "newSession" : undefined
  }
  if (key === "F6") return shiftKey ? "previousRegion" : "nextRegion"
  if (key === "Escape") return "close"
  if (isInField || !options.singleKeys) return undefined
  // On some keyboards a slash or a question mark needs Shift, on others it does not.
  if (key === "/") return "focus"
  return key === "?" ? "help" : undefined
}

/** Follows the keyboard until the result is called. */
export function followShortcuts(page: Page, target: Document = document): () => void {
  const listen = (event: KeyboardEvent) => {
    // Something nearer has taken it, an input method is at work, or a dialog has the page.
    if (event.defaultPrevented || event.isComposing) return
    if (target.querySelector("dialog[open]") !== null) return
    const singleKeys = page.settings.of("shortcuts").peek() === "on"
    const { key, altKey, ctrlKey, metaKey, shiftKey } = event
    const isInField = isField(event.target)
    const shortcut = shortcutOf(
      { key, altKey, ctrlKey, metaKey, shiftKey, isInField },
      { singleKeys },
    )
    if (shortcut === undefined || page.connection.refused.peek() !== undefined) return
    if (act(shortcut, page, target)) event.preventDefault()
  }
  target.addEventListener("keydown", listen)
  return () => target.removeEventListener("keydown", listen)
}

/** False when there was nothing to do. */
function act(shortcut: Shortcut, page: Page, target: Document): boolean {
  switch (shortcut) {
    case "find":
      return find(page, target)
    case "newSession":
      writeIn(page, page.chats.begin)
      return true
    case "focus":
      writeIn(page, async () => undefined)
      return true
    case "help":
      page.view.setHelp(true)
      return true
    case "nextRegion":
      return goTo(target, 1)
    case "previousRegion":
      return goTo(target, -1)
    case "close":
      return close(page, target)
    default:
      return shortcut satisfies never
  }
}

function find(page: Page, target: Document): boolean {
  const filter = target.getElementById("session-filter")
  if (filter === null) return false
  if (focusOn(filter)) return true
  uncover(page)
  // On a narrow window it is in the drawer, which is drawn in a moment.
  page.view.setDrawer(true)
  requestAnimationFrame(() => focusOn(filter))
  return true
}

function close({ view }: Page, target: Document): boolean {
  if (view.drawer.peek()) {
    view.setDrawer(false)
    return focusOn(target.getElementById("message"))
  }
  const isInPanel = target.activeElement?.closest(".side") != null
  if (!isInPanel) return false
  view.closePanel()
  return focusOn(target.getElementById("message"))
}

/** The parts of the page, each by where the focus goes in it. */
const REGIONS = [
  { part: ".rail", focus: ".session[aria-current], .sessions button" },
  { part: "#transcript", focus: "#transcript" },
  { part: ".composer", focus: "#message" },
  { part: ".side", focus: ".side button" },
]

function goTo(target: Document, step: 1 | -1): boolean {
  const shown = REGIONS.filter(({ focus }) => isShown(target.querySelector(focus)))
  const at = shown.findIndex(({ part }) => target.activeElement?.closest(part) != null)
  const from = at < 0 && step < 0 ? 0 : at
  const next = shown[(from + step + shown.length) % shown.length]
  return next !== undefined && focusOn(target.querySelector(next.focus))
}

/** What lies under a drawer or a panel can be seen by nobody, and takes no focus. */
function isShown(element: Element | null): boolean {
  if (element === null || element.closest("[inert]") !== null) return false
  return element.checkVisibility({ visibilityProperty: true })
}

function focusOn(element: Element | null): boolean {
  if (!(element instanceof HTMLElement) || !isShown(element)) return false
  element.focus()
  return true
}

const NO_TEXT: ReadonlySet<string> = new Set(["button", "checkbox", "radio", "range", "submit"])

function isField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target instanceof HTMLInputElement) return !NO_TEXT.has(target.type)
  return target.isContentEditable || /^(?:textarea|select)$/i.test(target.tagName)
}
