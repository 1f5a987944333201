import type { en } from "./en.ts"

/** What every language brings: each string of the English catalogue, in its own words. */
export type Catalogue = Worded<typeof en>

type Worded<T> = T extends string
  ? string
  : T extends (...values: infer Values) => infer Result
    ? (...values: Values) => Worded<Result>
    : T extends object
      ? { readonly [Name in keyof T]: Worded<T[Name]> }
      : T
