import type { Page } from "../../store/page.ts"

/** Goes to another conversation to write in it. */
export function writeIn(page: Page, go: () => Promise<void>): void {
  void go()
  page.view.setDrawer(false)
  uncover(page)
  // Its message box is drawn in a moment.
  requestAnimationFrame(() => document.getElementById("message")?.focus())
}

/** Closes the panel that lies over a narrow page, which can be neither seen nor reached under it. */
export function uncover({ view }: Page): void {
  if (document.querySelector("main[inert]") !== null) view.closePanel()
}
