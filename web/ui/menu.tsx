// A button that opens a short list of things to do. The list is in the top layer, so that no box that
// scrolls cuts it off.

import { useLayoutEffect, useRef, useState } from "preact/hooks"
import { Icon, type IconName } from "./icon.tsx"

export interface MenuItem {
  readonly label: string
  readonly icon: IconName
  readonly onSelect: () => void
}

export interface MenuButtonProps {
  readonly label: string
  readonly items: readonly MenuItem[]
}

const GAP_PX = 4

export function MenuButton({ label, items }: MenuButtonProps) {
  const [open, setOpen] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  return (
    <>
      <button
        ref={button}
        type="button"
        class="button button-quiet button-icon"
        aria-haspopup="menu"
        aria-expanded={open}
        aria-label={label}
        title={label}
        onClick={() => setOpen(!open)}
        onKeyDown={(event) => {
          if (event.key !== "ArrowDown" || open) return
          event.preventDefault()
          setOpen(true)
        }}
      >
        <Icon name="more" />
      </button>
      {open && (
        <Menu
          label={label}
          items={items}
          anchor={button.current}
          onClose={() => {
            setOpen(false)
            // What was chosen, or a press beside the menu, may have taken the focus already.
            if (document.activeElement === document.body) button.current?.focus()
          }}
        />
      )}
    </>
  )
}

interface MenuProps extends MenuButtonProps {
  readonly anchor: HTMLElement | null
  readonly onClose: () => void
}

function Menu({ label, items, anchor, onClose }: MenuProps) {
  const menu = useRef<HTMLDivElement>(null)

  useLayoutEffect(() => {
    const box = menu.current
    if (box === null) return
    box.showPopover()
    if (anchor !== null) place(box, anchor)
    box.querySelector("button")?.focus()
    // What it belongs to moves away under it. A scroll from just before is told of only now, and moved nothing.
    const topOf = () => anchor?.getBoundingClientRect().top
    const top = topOf()
    const close = () => {
      if (topOf() !== top) box.hidePopover()
    }
    document.addEventListener("scroll", close, true)
    return () => document.removeEventListener("scroll", close, true)
  }, [])

  const move = (event: KeyboardEvent) => {
    const buttons = [...(menu.current?.querySelectorAll("button") ?? [])]
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement)
    const next = nextOf(event.key, at, buttons.length)
    if (next === undefined) return
    event.preventDefault()
    buttons[next]?.focus()
  }

  return (
    <div
      ref={menu}
      class="menu"
      popover="auto"
      role="menu"
      aria-label={label}
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.key === "Escape" || event.key === "Tab") event.stopPropagation()
        if (event.key === "Tab") {
          event.preventDefault()
          menu.current?.hidePopover()
        }
        move(event)
      }}
      onToggle={(event) => {
        if (event.newState === "closed") onClose()
      }}
    >
      {items.map((item) => (
        <button
          key={item.label}
          type="button"
          class="menu-item"
          role="menuitem"
          tabIndex={-1}
          onClick={() => {
            menu.current?.hidePopover()
            item.onSelect()
          }}
        >
          <Icon name={item.icon} />
          {item.label}
        </button>
      ))}
    </div>
  )
}

/** Where the focus goes from the item `at` of `count`; undefined for a key that moves nothing. */
export function nextOf(key: string, at: number, count: number): number | undefined {
  switch (key) {
    case "ArrowDown":
      return (at + 1) % count
    case "ArrowUp":
      return (at - 1 + count) % count
    case "Home":
      return 0
    case "End":
      return count - 1
    default:
      return undefined
  }
}

/** Under the button, or above it where there is no room; never beyond the edges of the window. */
function place(menu: HTMLElement, anchor: HTMLElement): void {
  const from = anchor.getBoundingClientRect()
  const { height, width } = menu.getBoundingClientRect()
  const fitsBelow = from.bottom + GAP_PX + height <= innerHeight
  const top = fitsBelow ? from.bottom + GAP_PX : from.top - GAP_PX - height
  menu.style.top = `${Math.max(GAP_PX, top)}px`
  menu.style.left = `${Math.max(GAP_PX, Math.min(from.left, innerWidth - width - GAP_PX))}px`
}
