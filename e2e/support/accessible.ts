import { AxeBuilder } from "@axe-core/playwright"
import { expect, type Page } from "@playwright/test"

/**
 * What axe finds in what the page shows now. All of axe's work is done in the page, which has no frames: else it opens
 * a second one for its sums, and the end of that breaks off what the test does meanwhile with the clock of both.
 */
export async function findBarriers(page: Page): Promise<readonly string[]> {
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze()
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`)
}

/** It finds nothing. It needs time to go on: `pass` lets some of it pass. */
export async function expectAccessible(page: Page, pass?: () => Promise<void>): Promise<void> {
  let isOver = false
  const looking = findBarriers(page).finally(() => {
    isOver = true
  })
  const passing = async () => {
    while (pass !== undefined && !isOver) await pass()
  }
  const [barriers] = await Promise.all([looking, passing()])
  expect(barriers).toEqual([])
}
