// Dates and times as the language of the page and the chosen clock write them.

import { computed } from "@preact/signals"
import { language, text } from "../text/index.ts"

const DAY_MS = 86_400_000

const formats = computed(() => {
  const { hourCycle, locale } = language.value
  const format = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale, { hourCycle, ...options })
  return {
    time: format({ hour: "2-digit", minute: "2-digit" }),
    clock: format({ hour: "2-digit", minute: "2-digit", second: "2-digit" }),
    full: format({ dateStyle: "full", timeStyle: "medium" }),
    moment: format({ dateStyle: "medium", timeStyle: "short" }),
    day: format({ weekday: "long", day: "numeric", month: "long" }),
    dayAndYear: format({ dateStyle: "long" }),
  }
})

export const toShortTime = (ts: number) => formats.value.time.format(ts)
export const toClock = (ts: number) => formats.value.clock.format(ts)
export const toFullTime = (ts: number) => formats.value.full.format(ts)

/** A time of today, else with its day. */
export function toMoment(ts: number, now: number): string {
  const isToday = new Date(ts).toDateString() === new Date(now).toDateString()
  return isToday ? toShortTime(ts) : formats.value.moment.format(ts)
}

export function toDay(ts: number, now: number): string {
  const day = new Date(ts).toDateString()
  if (day === new Date(now).toDateString()) return text.chat.today
  if (day === new Date(now - DAY_MS).toDateString()) return text.chat.yesterday
  const isThisYear = new Date(ts).getFullYear() === new Date(now).getFullYear()
  return (isThisYear ? formats.value.day : formats.value.dayAndYear).format(ts)
}
