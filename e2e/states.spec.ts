// Every state of the page: nothing for axe to find, nothing cut off, the tree of names that assistive
// technology sees, and the picture.

import { AxeBuilder } from "@axe-core/playwright"
import { expect, test } from "@playwright/test"
import { STATES } from "./stage/states.ts"

const SIZES = [
  { width: 1280, height: 800 },
  { width: 844, height: 390 },
  { width: 390, height: 500 },
  { width: 390, height: 844 },
]

/** Other browsers draw letters in other ways. */
const isPinned = process.env["CHROMIUM_PATH"]?.includes("node_modules/.cache/chromium") ?? false

for (const [name, show] of Object.entries(STATES)) {
  test(`${name}: nothing for axe, nothing cut off, and it looks as it did`, async ({ page }) => {
    await page.setViewportSize(SIZES[0] ?? { width: 0, height: 0 })
    await page.emulateMedia({ reducedMotion: "reduce", colorScheme: "light" })
    await show(page, {})
    await page.evaluate(() => document.fonts.ready)
    for (const size of SIZES) {
      await page.setViewportSize(size)
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      )
      expect(overflow, `${size.width}x${size.height}`).toBe(0)
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ reducedMotion: "reduce", colorScheme })
        if (isPinned) {
          const picture = await page.screenshot({ animations: "disabled", caret: "hide" })
          const file = `${name}-${size.width}x${size.height}-${colorScheme}.png`
          expect(picture).toMatchSnapshot(file, { maxDiffPixelRatio: 0.002 })
        }
      }
      if (size.height < 800) continue
      const { violations } = await new AxeBuilder({ page }).analyze()
      expect(
        violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`),
        `${size.width}x${size.height}`,
      ).toEqual([])
    }
    if (!isPinned)
      await expect(page.locator("body")).toMatchAriaSnapshot({ name: `${name}.aria.yml` })
  })
}
