import { useEffect, useLayoutEffect, useRef } from "preact/hooks"
import type { View } from "../../store/view.ts"
import { useNarrow } from "../../ui/use-narrow.ts"

/** Whether the list of sessions is open as a drawer over the page; then everything else rests. */
export function useDrawer(view: View): boolean {
  const isNarrow = useNarrow()
  const isOpen = isNarrow && view.drawer.value
  const opener = useRef<Element>(null)
  const wasOpen = useRef(false)

  // A window that becomes wide shows the list anyway.
  useEffect(() => {
    if (!isNarrow) view.setDrawer(false)
  }, [isNarrow])

  useLayoutEffect(() => {
    if (wasOpen.current === isOpen) return
    wasOpen.current = isOpen
    const rail = document.querySelector(".rail")
    const { activeElement } = document
    if (isOpen) {
      // Where what opened it is gone, such as a panel that lay over the page, its button takes its place.
      const isGone = activeElement === null || activeElement === document.body
      opener.current = isGone ? document.querySelector(".header > .button") : activeElement
      const first = rail?.querySelector<HTMLElement>(".session[aria-current]")
      ;(first ?? rail?.querySelector<HTMLElement>("button"))?.focus()
      return
    }
    // What was chosen may have taken the focus already.
    const isLost = activeElement === document.body || rail?.contains(activeElement) === true
    if (isLost && opener.current instanceof HTMLElement) opener.current.focus()
  }, [isOpen])

  useEffect(() => {
    if (!isOpen) return
    const close = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || event.defaultPrevented) return
      event.preventDefault()
      view.setDrawer(false)
    }
    document.addEventListener("keydown", close)
    return () => document.removeEventListener("keydown", close)
  }, [isOpen])

  return isOpen
}
