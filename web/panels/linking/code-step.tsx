// A code is shown, and beside it what to do with it on the phone.

import { createLogin, type LoginView, type ShownCode } from "../../store/login.ts"
import { text } from "../../text/index.ts"
import { later } from "../../text/later.ts"
import { Button } from "../../ui/button.tsx"
import { CopyButton } from "../../ui/copy.tsx"
import { Disclosure } from "../../ui/disclosure.tsx"
import { Icon } from "../../ui/icon.tsx"
import type { PanelProps } from "../panel.ts"
import { Countdown } from "./countdown.tsx"
import { QrCode } from "./qr-code.tsx"

interface CodeStepProps extends PanelProps {
  readonly view: LoginView
  /** Undefined until the first one comes. */
  readonly code: ShownCode | undefined
}

export function CodeStep({ page, view, code }: CodeStepProps) {
  const { channel, method } = view
  const steps = (later.linking.steps[channel] ?? later.linking.anySteps)[method]
  return (
    <div class="linking-body linking-code">
      <div class="linking-picture">
        {code === undefined ? (
          <div class={`code-frame code-frame-${method} code-waits`}>
            <Icon name="spinner" />
            {later.linking.preparing}
          </div>
        ) : (
          <Code code={code} />
        )}
      </div>
      <div class="linking-words">
        <h3>{later.linking.howTo}</h3>
        <ol class="steps">
          {steps.map((step) => (
            <li key={step}>{step}</li>
          ))}
        </ol>
        <Button
          key="other"
          label={method === "qr" ? later.linking.useCode : later.linking.useQr}
          look="quiet"
          onClick={
            method === "qr"
              ? page.stores.of(createLogin).askPhone
              : page.stores.of(createLogin).useQr
          }
        />
        <Disclosure label={later.linking.trouble}>
          {() => <p class="muted">{later.linking.troubleHelp}</p>}
        </Disclosure>
      </div>
    </div>
  )
}

function Code({ code }: { readonly code: ShownCode }) {
  return (
    <>
      {code.qr === undefined ? (
        <TypedCode code={code.code ?? ""} />
      ) : (
        <div class="code-frame code-frame-qr">
          <QrCode value={code.qr} label={later.linking.qr} />
        </div>
      )}
      <Countdown key={code.shownAt} code={code} />
    </>
  )
}

function TypedCode({ code }: { readonly code: string }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for the controls of a form.
    <div class="code-frame code-frame-code" role="group" aria-label={later.linking.typedCode}>
      <code class="typed-code">{code}</code>
      <CopyButton label={later.linking.copyCode} doneLabel={text.copy.copied} text={() => code} />
    </div>
  )
}
