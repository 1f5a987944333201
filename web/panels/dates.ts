// Dates and times as the language of the page and the chosen clock write them, in the chosen time zone.

import { computed } from "@preact/signals"
import { language, text } from "../text/index.ts"

const DAY_MS = 86_400_000

const formats = computed(() => {
  const { hourCycle, locale, timeZone } = language.value
  const format = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale, { hourCycle, timeZone, ...options })
  return {
    time: format({ hour: "2-digit", minute: "2-digit" }),
    clock: format({ hour: "2-digit", minute: "2-digit", second: "2-digit" }),
    full: format({ dateStyle: "full", timeStyle: "medium" }),
    moment: format({ dateStyle: "medium", timeStyle: "short" }),
    day: format({ weekday: "long", day: "numeric", month: "long" }),
    dayAndYear: format({ dateStyle: "long" }),
    // Swedish writes a date as 2026-05-12, which is also how it can be reckoned with.
    date: new Intl.DateTimeFormat("sv", { timeZone }),
  }
})

export const toShortTime = (ts: number) => formats.value.time.format(ts)
export const toClock = (ts: number) => formats.value.clock.format(ts)
export const toFullTime = (ts: number) => formats.value.full.format(ts)

/** Which day this is where the reader is, as in 2026-05-12. */
export const toDate = (ts: number) => formats.value.date.format(ts)

/** A time of today, else with its day. */
export function toMoment(ts: number, now: number): string {
  return toDate(ts) === toDate(now) ? toShortTime(ts) : formats.value.moment.format(ts)
}

export function toDay(ts: number, now: number): string {
  const [day, today] = [toDate(ts), toDate(now)]
  if (day === today) return text.chat.today
  // A day may last 23 or 25 hours, so that this is reckoned by the calendar.
  if (Date.parse(today) - Date.parse(day) === DAY_MS) return text.chat.yesterday
  const isThisYear = day.slice(0, 4) === today.slice(0, 4)
  return (isThisYear ? formats.value.day : formats.value.dayAndYear).format(ts)
}
