// The events of the gateway as they come, for whoever looks into a fault.

import { useLayoutEffect, useMemo, useState } from "preact/hooks"
import { createMonitor, type MonitorEntry } from "../../store/monitor.ts"
import { later } from "../../text/later.ts"
import { Button } from "../../ui/button.tsx"
import { CopyButton } from "../../ui/copy.tsx"
import { Disclosure } from "../../ui/disclosure.tsx"
import { Icon } from "../../ui/icon.tsx"
import { Lines } from "../../ui/lines.tsx"
import { toClock, toFullTime } from "../dates.ts"
import type { PanelProps } from "../panel.ts"

const ALL = ""

export function EventsPanel({ page }: PanelProps) {
  const monitor = page.stores.of(createMonitor)
  const [name, setName] = useState(ALL)
  // Once the panel is to be seen, nothing that comes is missed.
  useLayoutEffect(() => monitor.watch(), [monitor])
  const entries = monitor.entries.value
  const shown = useMemo(
    // What was lost may have been any of them.
    () => entries.filter((entry) => name === ALL || entry.kind !== "event" || entry.event === name),
    [entries, name],
  )
  const events = shown.filter((entry) => entry.kind === "event")
  const isPaused = monitor.paused.value

  return (
    <div class="lines-panel">
      <p class="muted">{later.events.help}</p>
      <div class="lines-tools">
        <Names page={page} name={name} onChoose={setName} />
        <Button
          label={isPaused ? later.logs.resume : later.logs.pause}
          icon={isPaused ? "play" : "pause"}
          onClick={() => monitor.setPaused(!isPaused)}
        />
        <Button label={later.logs.clear} icon="trash" onClick={monitor.clear} />
        <CopyButton
          label={later.events.copyAll(events.length)}
          doneLabel={later.logs.copied}
          text={() => events.map((entry) => JSON.stringify(toRecord(entry))).join("\n")}
        />
        {monitor.lost.value > 0 && <span class="tag">{later.events.lost(monitor.lost.value)}</span>}
      </div>
      {isPaused && (
        <p class="row-state">
          <Icon name="pause" />
          {later.events.paused}
        </p>
      )}
      <Lines
        label={later.events.list}
        jumpLabel={later.logs.jump}
        rows={shown}
        none={events.length > 0 ? undefined : emptyLine(name)}
      >
        {shown.map((entry) => (
          <Entry key={entry.id} entry={entry} />
        ))}
      </Lines>
    </div>
  )
}

const emptyLine = (name: string) => (name === ALL ? later.events.none : later.events.noneFound)

interface NamesProps extends PanelProps {
  readonly name: string
  readonly onChoose: (name: string) => void
}

function Names({ page, name, onChoose }: NamesProps) {
  const counts = [...page.stores.of(createMonitor).counts.value].sort(([a], [b]) =>
    a < b ? -1 : 1,
  )
  const total = counts.reduce((sum, [, count]) => sum + count, 0)
  const isCounted = name === ALL || counts.some(([event]) => event === name)
  return (
    <select
      class="lines-select"
      aria-label={later.events.show}
      value={name}
      onChange={({ currentTarget }) => onChoose(currentTarget.value)}
    >
      <option value={ALL}>{later.events.all(total)}</option>
      {!isCounted && <option value={name}>{later.events.of(name, 0)}</option>}
      {counts.map(([event, count]) => (
        <option key={event} value={event}>
          {later.events.of(event, count)}
        </option>
      ))}
    </select>
  )
}

type EventEntry = Extract<MonitorEntry, { kind: "event" }>

function Entry({ entry }: { entry: MonitorEntry }) {
  // An entry never changes.
  return useMemo(() => {
    if (entry.kind === "event") {
      return (
        <li class="line-event">
          <EventLine entry={entry} />
        </li>
      )
    }
    const isGap = entry.kind === "gap"
    return (
      <li class={isGap ? "line-break problem" : "line-break"}>
        <Icon name={isGap ? "alert" : "link"} />
        <Time at={entry.at} />
        {isGap ? later.events.gap(entry.lost) : later.events.connected}
      </li>
    )
  }, [entry])
}

function EventLine({ entry }: { entry: EventEntry }) {
  const trailing = (
    <span class="line-facts">
      <span>#{entry.seq}</span>
      <span>{later.events.bytes(entry.bytes)}</span>
      <Time at={entry.at} />
    </span>
  )
  return (
    <Disclosure label={entry.event} trailing={trailing}>
      {() => (
        <>
          <pre dir="ltr">
            <code>{JSON.stringify(entry.payload, undefined, 2)}</code>
          </pre>
          <CopyButton
            label={later.events.copyOne}
            doneLabel={later.logs.copied}
            text={() => JSON.stringify(toRecord(entry), undefined, 2)}
          />
        </>
      )}
    </Disclosure>
  )
}

function Time({ at }: { at: number }) {
  return (
    <time dateTime={new Date(at).toISOString()} title={toFullTime(at)}>
      {toClock(at)}
    </time>
  )
}

function toRecord({ at, bytes, event, payload, seq }: EventEntry): object {
  return { at: new Date(at).toISOString(), event, seq, bytes, payload }
}
