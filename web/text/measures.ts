// Numbers, counted things and spans of time, as one language writes them.

export interface Units {
  readonly second: string
  readonly minute: string
  readonly hour: string
  readonly day: Forms
}

/** The forms that a counted word takes. A language that has more than these two uses theirs. */
export type Forms = Readonly<Partial<Record<Intl.LDMLPluralRule, string>>> & {
  readonly other: string
}

export interface Measures {
  /** The number and its word. */
  count(n: number, forms: Forms): string
  /** A number with one decimal. */
  decimal(n: number): string
  /** How long something took, or has lasted. What took no time that can be told is less than a tenth. */
  duration(ms: number): string
  /** How long there is to wait, in whole seconds. */
  wait(ms: number): string
  /** How long ago something was; less than a minute counts as one. */
  age(ms: number): string
}

const TENTH = 100
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

export function createMeasures(tag: string, units: Units): Measures {
  const rules = new Intl.PluralRules(tag)
  const whole = new Intl.NumberFormat(tag, { maximumFractionDigits: 0 })
  const tenths = new Intl.NumberFormat(tag, {
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  })
  const count = (n: number, forms: Forms) =>
    `${whole.format(n)} ${forms[rules.select(n)] ?? forms.other}`
  const down = (ms: number, unitMs: number, unit: string) =>
    `${whole.format(Math.floor(ms / unitMs))} ${unit}`

  return {
    count,
    decimal: (n) => tenths.format(n),
    duration(span) {
      const ms = Math.max(0, span)
      if (ms < TENTH) return `< ${tenths.format(0.1)} ${units.second}`
      if (ms < 10_000) return `${tenths.format(ms / 1000)} ${units.second}`
      if (ms < MINUTE) return `${whole.format(ms / 1000)} ${units.second}`
      if (ms < HOUR) {
        return `${down(ms, MINUTE, units.minute)} ${down(ms % MINUTE, 1000, units.second)}`
      }
      if (ms < DAY) return `${down(ms, HOUR, units.hour)} ${down(ms % HOUR, MINUTE, units.minute)}`
      return `${count(Math.floor(ms / DAY), units.day)} ${down(ms % DAY, HOUR, units.hour)}`
    },
    wait: (ms) => `${whole.format(Math.max(1, Math.ceil(ms / 1000)))} ${units.second}`,
    age(ms) {
      if (ms < HOUR) return down(Math.max(ms, MINUTE), MINUTE, units.minute)
      if (ms < DAY) return down(ms, HOUR, units.hour)
      return count(Math.floor(ms / DAY), units.day)
    },
  }
}
