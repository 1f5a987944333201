import { expect, onTestFinished, test } from "vitest"
import { followVisibleHeight } from "./visible-height.ts"

function setUp() {
  const viewport = Object.assign(new EventTarget(), { height: 800, scale: 1 })
  const target = new EventTarget()
  const heights: (number | undefined)[] = []
  const now = { isWriting: false, layoutHeight: 800 }
  const stop = followVisibleHeight({
    viewport,
    target,
    isWriting: () => now.isWriting,
    layoutHeight: () => now.layoutHeight,
    setHeight: (px) => void heights.push(px),
  })
  onTestFinished(stop)
  const focus = (isWriting: boolean) => {
    now.isWriting = isWriting
    target.dispatchEvent(new Event(isWriting ? "focusin" : "focusout"))
  }
  const resize = (height: number, scale = 1) => {
    Object.assign(viewport, { height, scale })
    viewport.dispatchEvent(new Event("resize"))
  }
  return { focus, heights, now, resize, stop }
}

test("the page is as high as what a keyboard leaves of it, while something is written", () => {
  const { focus, heights, resize } = setUp()
  focus(true)
  expect(heights).toEqual([])
  resize(460)
  resize(420)
  expect(heights).toEqual([460, 420])
  // The keyboard goes a moment after the focus.
  focus(false)
  resize(600)
  resize(800)
  expect(heights).toEqual([460, 420, undefined])
})

test("nothing changes for a zoomed page, for another field, for the bars of the browser, or where the window is made smaller", () => {
  const { focus, heights, now, resize, stop } = setUp()
  resize(460)
  resize(800)
  focus(true)
  resize(740)
  resize(400, 2)
  now.layoutHeight = 460
  resize(460)
  expect(heights).toEqual([])
  now.layoutHeight = 800
  resize(460)
  resize(230, 2)
  expect(heights).toEqual([460, undefined])
  stop()
  resize(460)
  expect(heights).toEqual([460, undefined])
})

test("a browser that does not say what can be seen is left alone", () => {
  const fail = () => {
    throw new Error("nothing is asked for")
  }
  const target = { addEventListener: fail, removeEventListener: fail }
  const rest = { isWriting: fail, layoutHeight: fail, setHeight: fail }
  followVisibleHeight({ viewport: null, target, ...rest })()
})
