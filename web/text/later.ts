// The door to the strings of the parts that come later, such as the panels. It comes with the first of
// them, so nothing that is there from the start may import it: the page would be heavier by all of them.

import type { LaterCatalogue } from "./catalogue.ts"
import { enLater } from "./en-later.ts"
import { language } from "./index.ts"

/** Read as `text` is: `later.section.name`, inside of a function. */
export const later: LaterCatalogue = new Proxy(enLater, {
  get: (own, section) =>
    Reflect.get(language.value.catalogue, section) ?? Reflect.get(own, section),
})
