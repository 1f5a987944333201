// A code is shown, and beside it what to do with it on the phone.

import type { LoginView, ShownCode } from "../../store/login.ts"
import { text } from "../../text/index.ts"
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
  const steps = (text.linking.steps[channel] ?? text.linking.anySteps)[method]
  return (
    <div class="linking-body linking-code">
      <div class="linking-picture">
        {code === undefined ? (
          <div class={`code-frame code-frame-${method} code-waits`}>
            <Icon name="spinner" />
            {text.linking.preparing}
          </div>
        ) : (
          <Code code={code} />
        )}
      </div>
      <div class="linking-words">
        <h3>{text.linking.howTo}</h3>
        <ol class="steps">
          {steps.map((step) => (
            <li key={step}>{step}</li>
          ))}
        </ol>
        <Button
          key="other"
          label={method === "qr" ? text.linking.useCode : text.linking.useQr}
          look="quiet"
          onClick={method === "qr" ? page.login.askPhone : page.login.useQr}
        />
        <Disclosure label={text.linking.trouble}>
          {() => <p class="muted">{text.linking.troubleHelp}</p>}
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
          <QrCode value={code.qr} label={text.linking.qr} />
        </div>
      )}
      <Countdown key={code.shownAt} code={code} />
    </>
  )
}

function TypedCode({ code }: { readonly code: string }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for the controls of a form.
    <div class="code-frame code-frame-code" role="group" aria-label={text.linking.typedCode}>
      <code class="typed-code">{code}</code>
      <CopyButton label={text.linking.copyCode} doneLabel={text.copy.copied} text={() => code} />
    </div>
  )
}
