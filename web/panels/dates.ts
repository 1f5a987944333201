// Dates and times as the browser's language writes them.

import { text } from "../text/index.ts"

const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" })
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" })
const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" })
const DAY = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" })
const DAY_AND_YEAR = new Intl.DateTimeFormat(undefined, { dateStyle: "long" })
const DAY_MS = 86_400_000

export const toShortTime = (ts: number) => TIME.format(ts)
export const toFullTime = (ts: number) => FULL.format(ts)

/** A time of today, else with its day. */
export function toMoment(ts: number, now: number): string {
  const isToday = new Date(ts).toDateString() === new Date(now).toDateString()
  return isToday ? toShortTime(ts) : MOMENT.format(ts)
}

export function toDay(ts: number, now: number): string {
  const day = new Date(ts).toDateString()
  if (day === new Date(now).toDateString()) return text.chat.today
  if (day === new Date(now - DAY_MS).toDateString()) return text.chat.yesterday
  const isThisYear = new Date(ts).getFullYear() === new Date(now).getFullYear()
  return (isThisYear ? DAY : DAY_AND_YEAR).format(ts)
}
