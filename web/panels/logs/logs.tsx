// The gateway's log, as it is written.

import { useEffect, useMemo, useState } from "preact/hooks"
import { createLogs, LOG_LEVELS, type LogLevel, type ShownLine } from "../../store/logs.ts"
import { later } from "../../text/later.ts"
import { Button } from "../../ui/button.tsx"
import { CopyButton } from "../../ui/copy.tsx"
import { Icon } from "../../ui/icon.tsx"
import { Lines } from "../../ui/lines.tsx"
import { toClock, toFullTime, toMoment } from "../dates.ts"
import type { PanelProps } from "../panel.ts"

export function LogsPanel({ page }: PanelProps) {
  const logs = page.stores.of(createLogs)
  const [filter, setFilter] = useState("")
  useEffect(() => logs.watch(), [logs])
  const lines = logs.lines.value
  const shown = useMemo(() => {
    const words = filter.trim().toLowerCase()
    return words === "" ? lines : lines.filter((line) => toLine(line).toLowerCase().includes(words))
  }, [lines, filter])
  const isPaused = logs.paused.value

  return (
    <div class="lines-panel">
      <div class="lines-tools">
        <Level page={page} />
        <input
          class="session-filter"
          type="search"
          autocomplete="off"
          aria-label={later.logs.filter}
          placeholder={later.logs.filter}
          value={filter}
          onInput={({ currentTarget }) => setFilter(currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== "Escape" || filter === "") return
            event.preventDefault()
            setFilter("")
          }}
        />
        <Button
          label={isPaused ? later.logs.resume : later.logs.pause}
          icon={isPaused ? "play" : "pause"}
          onClick={() => logs.setPaused(!isPaused)}
        />
        <Button label={later.logs.clear} icon="trash" onClick={logs.clear} />
        <CopyButton
          label={later.logs.copyAll(shown.length)}
          doneLabel={later.logs.copied}
          text={() => shown.map(toLine).join("\n")}
        />
      </div>
      <Standing page={page} />
      <Lines
        label={later.logs.lines}
        jumpLabel={later.logs.jump}
        rows={shown}
        none={shown.length === 0 ? emptyLine(page, lines.length) : undefined}
      >
        {shown.map((line) => (
          <Line key={line.id} line={line} />
        ))}
      </Lines>
    </div>
  )
}

function Level({ page }: PanelProps) {
  const logs = page.stores.of(createLogs)
  return (
    <select
      class="lines-select"
      aria-label={later.logs.level}
      value={logs.minLevel.value}
      onChange={({ currentTarget }) => logs.choose(currentTarget.value as LogLevel)}
    >
      {LOG_LEVELS.map((level) => (
        <option key={level} value={level}>
          {later.logs.levels[level]}
        </option>
      ))}
    </select>
  )
}

/** Whether what is shown is all there is. */
function Standing({ page }: PanelProps) {
  const { connection, stores } = page
  const logs = stores.of(createLogs)
  const state = logs.state.value
  const asOf = logs.asOf.value
  if (!connection.online.value && asOf !== undefined) {
    return <StandingLine icon="clock" line={later.logs.asOf(toMoment(asOf, Date.now()))} />
  }
  if (logs.paused.value) return <StandingLine icon="pause" line={later.logs.paused} />
  if (state.at === "failed" && connection.online.value) {
    return <StandingLine icon="alert" line={later.logs.failed(state.error.message)} />
  }
  return null
}

function StandingLine({ icon, line }: { icon: "alert" | "clock" | "pause"; line: string }) {
  return (
    <p class="row-state">
      <Icon name={icon} />
      {line}
    </p>
  )
}

function emptyLine({ stores }: PanelProps["page"], kept: number): string {
  if (kept > 0) return later.logs.noneFound
  return stores.of(createLogs).state.value.at === "loading" ? later.logs.loading : later.logs.none
}

function Line({ line }: { line: ShownLine }) {
  // A line never changes.
  return useMemo(
    () => (
      <li class={`line line-${line.level}`}>
        <time dateTime={new Date(line.ts).toISOString()} title={toFullTime(line.ts)}>
          {toClock(line.ts)}
        </time>{" "}
        <span class="line-level">{line.level}</span> <span class="line-area">{line.area}</span>{" "}
        <span class="line-text" dir="auto">
          {line.text}
        </span>
        <CopyButton
          label={later.logs.copyLine}
          doneLabel={later.logs.copied}
          iconOnly
          text={() => toLine(line)}
        />
      </li>
    ),
    [line],
  )
}

/** As the log file has it. */
function toLine({ area, level, text: said, ts }: ShownLine): string {
  return `${new Date(ts).toISOString()} ${level} ${area} ${said}`
}
