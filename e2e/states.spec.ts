// Every state of the page: nothing for axe to find, nothing cut off, the tree of names that assistive
// technology sees, and the picture.

import { expect, type Page, test } from "@playwright/test"
import { type Show, STATES, STATES_OF_SIZE } from "./stage/states.ts"
import { findBarriers } from "./support/accessible.ts"

const WIDE = { width: 1280, height: 800 }
const LOW = { width: 844, height: 390 }
const SMALL = { width: 390, height: 500 }
const PHONE = { width: 390, height: 844 }
/** A window of 1280 pixels at 400 %, which is also what 200 % leaves of a small one. */
const ZOOMED = { width: 320, height: 256 }

/** Other browsers draw letters in other ways. */
const isPinned = process.env["CHROMIUM_PATH"]?.includes("node_modules/.cache/chromium") ?? false

// There are many, and none knows of another one.
test.describe.configure({ mode: "parallel" })
test.use({ locale: "en-GB", timezoneId: "UTC" })

interface Look {
  readonly name: string
  readonly sizes: readonly { readonly width: number; readonly height: number }[]
  readonly schemes: readonly ("light" | "dark")[]
  readonly kept?: Readonly<Record<string, string>>
  readonly forcedColors?: "active"
  /** It is brought about at each size, and not once for all. */
  readonly anew?: boolean
}

/** Runs in the page. Code that comes into sight has its colours a little later. */
function isCodeColoured(): boolean {
  return [...document.querySelectorAll("pre code")].every((code) => {
    const { bottom, top } = code.getBoundingClientRect()
    const isSeen = bottom > 0 && top < window.innerHeight
    return !isSeen || !code.textContent.startsWith("import ") || code.querySelector("span") !== null
  })
}

async function judge(page: Page, show: Show, look: Look): Promise<void> {
  const { anew = false, forcedColors, kept = {}, name, schemes, sizes } = look
  const media = { reducedMotion: "reduce", ...(forcedColors && { forcedColors }) } as const
  await page.setViewportSize(WIDE)
  await page.emulateMedia({ ...media, colorScheme: "light" })
  for (const [index, size] of [...sizes, ZOOMED].entries()) {
    if (anew) await page.setViewportSize(size)
    if (anew || index === 0) {
      await show(page, kept)
      await page.evaluate(() => Promise.all([...document.fonts].map((face) => face.load())))
    }
    await page.setViewportSize(size)
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    )
    const at = `${size.width}x${size.height}`
    expect(overflow, at).toBe(0)
    if (size === ZOOMED) continue
    for (const colorScheme of schemes) {
      await page.emulateMedia({ ...media, colorScheme })
      if (!isPinned) continue
      await expect.poll(() => page.evaluate(isCodeColoured), { message: at }).toBe(true)
      const picture = await page.screenshot({ animations: "disabled" })
      expect(picture).toMatchSnapshot(`${name}-${at}-${colorScheme}.png`, {
        maxDiffPixelRatio: 0.0001,
      })
    }
    if (size !== WIDE && size !== PHONE) continue
    expect(await findBarriers(page), at).toEqual([])
    if (index === 0) {
      // As text, and so in full: a comparison of trees passes over a control that was added.
      await expect(async () => {
        expect(await page.locator("body").ariaSnapshot()).toMatchSnapshot([`${name}.aria.yml`])
      }).toPass({ timeout: 10_000 })
    }
  }
}

for (const [name, show] of Object.entries(STATES)) {
  test(`${name}: nothing for axe, nothing cut off, and it looks as it did`, async ({ page }) => {
    const sizes = [WIDE, LOW, SMALL, PHONE]
    await judge(page, show, { name, sizes, schemes: ["light", "dark"] })
  })
}

for (const [name, show] of Object.entries(STATES_OF_SIZE)) {
  test(`${name}: nothing for axe, nothing cut off, and it looks as it did`, async ({ page }) => {
    const sizes = name === "sessions" ? [PHONE, SMALL, LOW] : [WIDE, PHONE, SMALL, LOW]
    await judge(page, show, { name, sizes, schemes: ["light", "dark"], anew: true })
  })
}

const OTHER_READERS = {
  longer: { kept: { "clawdis:language": "en-XA" } },
  "right-to-left": { kept: { "clawdis:language": "ar-XB" } },
  dutch: { kept: { "clawdis:language": "nl" } },
  "forced-colors": { forcedColors: "active" },
} as const

for (const [reader, look] of Object.entries(OTHER_READERS)) {
  for (const name of ["conversation", "channels", "settings", "permission"]) {
    test(`${name}, ${reader}: the page fits, and axe finds nothing`, async ({ page }) => {
      const show = STATES[name]
      if (show === undefined) throw new Error(`there is no state ${name}`)
      const sizes = [WIDE, PHONE]
      await judge(page, show, { ...look, name: `${name}-${reader}`, sizes, schemes: ["light"] })
    })
  }
}
