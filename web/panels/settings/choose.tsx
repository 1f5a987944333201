// One setting each: a list to choose from, or a box to tick.

import { useId } from "preact/hooks"
import { isChoice, SETTINGS } from "../../store/settings.ts"
import { isLanguageMissing } from "../../text/index.ts"
import { LANGUAGES, OFFERED } from "../../text/languages.ts"
import { later } from "../../text/later.ts"
import type { PanelProps } from "../panel.ts"

/** The settings whose choices have names of their own. */
type Listed = keyof typeof later.settings.choices

export function Choose<N extends Listed>({ page, name }: PanelProps & { readonly name: N }) {
  const names: Readonly<Record<string, string>> = later.settings.choices[name]
  return (
    <Select
      page={page}
      name={name}
      options={SETTINGS[name].map((choice) => ({ choice, label: names[choice] ?? choice }))}
    />
  )
}

export function Language({ page }: PanelProps) {
  const current = page.settings.of("language").value
  const tags = Object.keys(LANGUAGES) as (keyof typeof LANGUAGES)[]
  // A language for tests is listed only while it is the chosen one.
  const shown = tags.filter((tag) => OFFERED.includes(tag) || tag === current)
  return (
    <>
      <Select
        page={page}
        name="language"
        options={[
          { choice: "auto", label: later.settings.asBrowser },
          ...shown.map((tag) => ({ choice: tag, label: nameOf(tag), lang: tag })),
        ]}
      />
      {isLanguageMissing.value && (
        <p class="muted" role="status">
          {later.settings.languageMissing}
        </p>
      )}
    </>
  )
}

export function TimeZone({ page }: PanelProps) {
  const current = page.settings.of("timeZone").value
  // Browsers differ in whether they list UTC, and none lists each name that it understands.
  const zones = new Set(["UTC", ...Intl.supportedValuesOf("timeZone")])
  if (current !== "device") zones.add(current)
  return (
    <Select
      page={page}
      name="timeZone"
      options={[
        { choice: "device", label: later.settings.asDevice },
        ...[...zones].map((zone) => ({ choice: zone, label: zone.replaceAll("_", " ") })),
      ]}
    />
  )
}

/** Each language is called as its speakers call it. */
function nameOf(tag: string): string {
  const name = new Intl.DisplayNames([tag], { type: "language" }).of(tag) ?? tag
  return name.charAt(0).toLocaleUpperCase(tag) + name.slice(1)
}

interface SelectProps extends PanelProps {
  readonly name: Listed | "language" | "timeZone"
  readonly options: readonly {
    readonly choice: string
    readonly label: string
    readonly lang?: string
  }[]
}

function Select({ page: { settings }, name, options }: SelectProps) {
  return (
    <label class="setting">
      <span>{later.settings.names[name]}</span>
      <select
        value={settings.of(name).value}
        onChange={({ currentTarget: { value } }) => {
          if (isChoice(name, value)) settings.choose(name, value)
        }}
      >
        {options.map(({ choice, label, lang }) => (
          <option key={choice} value={choice} {...(lang !== undefined && { lang })}>
            {label}
          </option>
        ))}
      </select>
    </label>
  )
}

interface SwitchProps extends PanelProps {
  readonly name: "notify" | "shortcuts"
  readonly help: string
  readonly disabled?: boolean
  /** Asked before the setting is turned on; it stays off when the answer is no. */
  readonly allow?: () => Promise<boolean>
}

export function Switch({ page: { settings }, name, help, disabled = false, allow }: SwitchProps) {
  const id = useId()
  const setting = settings.of(name)
  return (
    <div class="setting-switch">
      <label class="check">
        <input
          type="checkbox"
          checked={setting.value === "on"}
          disabled={disabled}
          aria-describedby={id}
          onChange={async ({ currentTarget }) => {
            const isOn = currentTarget.checked && (allow === undefined || (await allow()))
            settings.choose(name, isOn ? "on" : "off")
            // What was chosen may be what it was; the box has to say so all the same.
            currentTarget.checked = isOn
          }}
        />
        {later.settings.names[name]}
      </label>
      <p class="muted" id={id}>
        {help}
      </p>
    </div>
  )
}
