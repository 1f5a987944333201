import type { en } from "./en.ts"
import type { enLater } from "./en-later.ts"

/** What every language brings: each string of the English catalogues, in its own words. */
export type Catalogue = Worded<typeof en & typeof enLater>

/** The strings of what the page shows first. */
export type FirstCatalogue = Pick<Catalogue, keyof typeof en>

/** The strings of the parts that come later. */
export type LaterCatalogue = Pick<Catalogue, keyof typeof enLater>

/** What the page is given when a language is chosen: the English strings of later parts come with them. */
export type SpokenCatalogue = FirstCatalogue & Partial<LaterCatalogue>

type Worded<T> = T extends string
  ? string
  : T extends (...values: infer Values) => infer Result
    ? (...values: Values) => Worded<Result>
    : T extends object
      ? { readonly [Name in keyof T]: Worded<T[Name]> }
      : T
