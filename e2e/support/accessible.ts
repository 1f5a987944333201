import { AxeBuilder } from "@axe-core/playwright"
import { expect, type Page } from "@playwright/test"

/** Axe finds nothing in what the page shows now. It needs time to go on: `pass` lets some of it pass. */
export async function expectAccessible(page: Page, pass?: () => Promise<void>): Promise<void> {
  let isOver = false
  const looking = new AxeBuilder({ page }).analyze().finally(() => {
    isOver = true
  })
  const passing = async () => {
    while (pass !== undefined && !isOver) await pass()
  }
  const [{ violations }] = await Promise.all([looking, passing()])
  expect(
    violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`),
  ).toEqual([])
}
