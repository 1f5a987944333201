import { effect } from "@preact/signals"
import { useEffect } from "preact/hooks"
import type { Page } from "../../store/page.ts"

const BOTTOM_PX = 80

/** Tells the page whether the end of the conversation is before a person's eyes. */
export function useReading({ chats, reading, view }: Page): void {
  useEffect(() => {
    const look = () => reading.setAtEnd(isEndInSight())
    // By then the rows are drawn, and the view has followed them.
    let frame = 0
    const lookSoon = () => {
      cancelAnimationFrame(frame)
      frame = requestAnimationFrame(look)
    }
    const stop = effect(() => {
      void [chats.current.value.rows.value, view.panel.value, view.drawer.value]
      lookSoon()
    })
    document.addEventListener("scroll", look, { capture: true, passive: true })
    document.addEventListener("visibilitychange", look)
    addEventListener("resize", lookSoon)
    return () => {
      stop()
      cancelAnimationFrame(frame)
      document.removeEventListener("scroll", look, { capture: true })
      document.removeEventListener("visibilitychange", look)
      removeEventListener("resize", lookSoon)
      reading.setAtEnd(false)
    }
  }, [chats, reading, view])
}

function isEndInSight(): boolean {
  const box = document.querySelector(".transcript")
  if (document.visibilityState !== "visible" || box === null) return false
  // Something lies over it.
  if (box.closest("[inert]") !== null) return false
  return box.scrollHeight - box.scrollTop - box.clientHeight <= BOTTOM_PX
}
