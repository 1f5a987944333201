import type { Page } from "../../store/page.ts"

/** Goes to another conversation to write in it. */
export function writeIn({ view }: Page, go: () => Promise<void>): void {
  void go()
  view.setDrawer(false)
  // Its message box is drawn in a moment.
  requestAnimationFrame(() => document.getElementById("message")?.focus())
}
