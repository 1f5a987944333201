import { expect, onTestFinished, test } from "vitest"
import { language, speak } from "../text/index.ts"
import { toClock, toDate, toDay, toFullTime, toMoment, toShortTime } from "./dates.ts"

function readIn(timeZone: string | undefined, locale = "en-GB") {
  const before = language.peek()
  onTestFinished(() => speak(before))
  speak({ ...before, locale, timeZone })
}

const at = (time: string) => Date.parse(`${time}Z`)

test("every time is shown in the chosen zone, whatever the device's is", () => {
  const noon = at("2026-05-12T12:00:07")
  readIn("Australia/Eucla")
  expect([toShortTime(noon), toClock(noon)]).toEqual(["20:45", "20:45:07"])
  expect(toFullTime(noon)).toMatch(/12 May 2026.* 20:45:07$/)
  expect(toMoment(noon, at("2026-07-01T00:00"))).toMatch(/12 May 2026.* 20:45$/)
  readIn("America/Los_Angeles")
  expect(toShortTime(noon)).toBe("05:00")
})

test("without a choice times are the device's", () => {
  readIn(undefined)
  const [evening, night] = [new Date(2026, 4, 12, 23, 59), new Date(2026, 4, 13, 0, 1)].map(Number)
  expect([toShortTime(evening ?? 0), toShortTime(night ?? 0)]).toEqual(["23:59", "00:01"])
  expect([toDate(evening ?? 0), toDate(night ?? 0)]).toEqual(["2026-05-12", "2026-05-13"])
})

test.for([
  ["UTC", "Tuesday 12 May", "Yesterday", "Today"],
  ["Asia/Tokyo", "Yesterday", "Yesterday", "Today"],
  ["America/New_York", "Yesterday", "Today", "Today"],
  ["Pacific/Kiritimati", "Yesterday", "Today", "Today"],
] as const)("in %s today and yesterday are those of its own calendar", ([zone, ...days]) => {
  readIn(zone)
  const now = at("2026-05-14T01:00")
  const times = ["2026-05-12T23:00", "2026-05-13T10:00", "2026-05-14T00:30"].map(at)
  expect(times.map((ts) => toDay(ts, now))).toEqual(days)
})

test("a time of today is shown without its day, where it is today", () => {
  const [ts, now] = [at("2026-05-12T23:00"), at("2026-05-13T01:00")]
  readIn("Asia/Tokyo")
  expect(toMoment(ts, now)).toBe("08:00")
  readIn("UTC")
  expect(toMoment(ts, now)).toContain("12 May 2026")
})

test("a day is shown without its year in that year, where it is that year", () => {
  const [ts, now] = [at("2026-12-31T20:00"), at("2027-02-01T12:00")]
  readIn("Asia/Tokyo")
  expect(toDay(ts, now)).toBe("Friday 1 January")
  readIn("UTC")
  expect(toDay(ts, now)).toBe("31 December 2026")
})

test("yesterday is the day before in days of 23 and of 25 hours as well", () => {
  readIn("Europe/Amsterdam")
  expect(toDay(at("2026-03-29T10:00"), at("2026-03-29T22:30"))).toBe("Yesterday")
  expect(toDay(at("2026-03-28T10:00"), at("2026-03-29T22:30"))).toBe("Saturday 28 March")
  expect(toDay(at("2026-10-24T10:00"), at("2026-10-25T22:30"))).toBe("Yesterday")
})

test("a calendar of the reader's own does not change which day it is", () => {
  readIn("UTC", "fa-IR")
  expect(toDate(at("2026-05-12T12:00"))).toBe("2026-05-12")
  expect(toDay(at("2026-05-11T12:00"), at("2026-05-12T12:00"))).toBe("Yesterday")
})
