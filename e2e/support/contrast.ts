// How well text stands out from what is behind it, by the formula of WCAG 2.

import type { Page } from "@playwright/test"

/** Visible texts and icons with a lower contrast than AA asks for, each with the ratio it has. */
export function findPale(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    type Colour = readonly [red: number, green: number, blue: number, alpha: number]

    const toColour = (text: string): Colour => {
      const [red = 0, green = 0, blue = 0, alpha = 1] = (text.match(/[\d.]+/g) ?? []).map(Number)
      return [red, green, blue, alpha]
    }
    const luminance = (colour: Colour) => {
      const [red = 0, green = 0, blue = 0] = colour.slice(0, 3).map((channel) => {
        const part = channel / 255
        return part <= 0.040_45 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
      })
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
    const groundOf = (element: Element | null): Colour => {
      if (element === null) return [255, 255, 255, 1]
      const colour = toColour(getComputedStyle(element).backgroundColor)
      return colour[3] === 1 ? colour : groundOf(element.parentElement)
    }
    const ratioOf = (element: Element) => {
      const ink = luminance(toColour(getComputedStyle(element).color))
      const ground = luminance(groundOf(element))
      return (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05)
    }
    const hasInk = (element: Element) =>
      element.tagName === "svg" ||
      [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent?.trim() !== "")
    const isShown = (element: Element) =>
      element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) &&
      element.closest(".visually-hidden, :disabled") === null

    return [...document.body.querySelectorAll("*")].flatMap((element) => {
      if (!hasInk(element) || !isShown(element)) return []
      const needed = element.tagName === "svg" ? 3 : 4.5
      const ratio = ratioOf(element)
      const name = element.closest("button")?.ariaLabel ?? element.textContent?.trim()
      return ratio < needed ? [`${name || element.outerHTML}: ${ratio.toFixed(2)}`] : []
    })
  })
}
