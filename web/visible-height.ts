// Makes room for a keyboard on the screen in browsers that lay it over the page, as those of iOS do: the
// page is as high as what can be seen of it. Others make the window smaller, and nothing is left to do.

export interface VisibleHeightParts {
  /** What can be seen; missing in an old browser. */
  readonly viewport:
    | (Pick<VisualViewport, "height" | "scale"> &
        Pick<EventTarget, "addEventListener" | "removeEventListener">)
    | null
  /** Where the focus comes and goes. */
  readonly target: Pick<EventTarget, "addEventListener" | "removeEventListener">
  readonly isWriting: () => boolean
  /** Of the page as it is laid out, with what the keyboard covers. */
  readonly layoutHeight: () => number
  /** Undefined: as high as the window. */
  readonly setHeight: (px: number | undefined) => void
}

/** Bars of a browser come and go, and take less; no keyboard does. */
const KEYBOARD_PX = 80
/** Fingers that zoom leave a rest. */
const UNZOOMED = 1.01

/** Follows the keyboard until the result is called. */
export function followVisibleHeight(parts: VisibleHeightParts): () => void {
  const { isWriting, layoutHeight, setHeight, target, viewport } = parts
  if (viewport === null) return () => undefined
  let isSet = false
  const fit = () => {
    const { height, scale } = viewport
    const covers = isWriting() && scale < UNZOOMED && layoutHeight() - height > KEYBOARD_PX
    if (covers || isSet) setHeight(covers ? height : undefined)
    isSet = covers
  }
  viewport.addEventListener("resize", fit)
  target.addEventListener("focusin", fit)
  target.addEventListener("focusout", fit)
  return () => {
    viewport.removeEventListener("resize", fit)
    target.removeEventListener("focusin", fit)
    target.removeEventListener("focusout", fit)
  }
}
