// As much of a document as Preact needs to draw into, so that what is drawn can be counted.

import { onTestFinished, vi } from "vitest"

class FakeNode {
  parentNode: FakeElement | null = null
  readonly nodeType: number
  data: string
  constructor(nodeType: number, data = "") {
    this.nodeType = nodeType
    this.data = data
  }
  get nextSibling(): FakeNode | null {
    const nodes = this.parentNode?.childNodes ?? []
    return nodes[nodes.indexOf(this) + 1] ?? null
  }
  remove(): void {
    this.parentNode?.removeChild(this)
  }
  get textContent(): string {
    return this.data
  }
}

export class FakeElement extends FakeNode {
  readonly childNodes: FakeNode[] = []
  readonly attributes = new Map<string, string>()
  readonly localName: string
  readonly classList = { contains: () => false }
  readonly style = { setProperty: () => undefined }
  readonly ownerDocument: unknown
  constructor(localName: string, ownerDocument: unknown) {
    super(1)
    this.localName = localName
    this.ownerDocument = ownerDocument
  }
  get firstChild(): FakeNode | null {
    return this.childNodes[0] ?? null
  }
  get tagName(): string {
    return this.localName.toUpperCase()
  }
  override get textContent(): string {
    return this.childNodes.map((node) => node.textContent).join("")
  }
  get children(): FakeElement[] {
    return this.childNodes.filter((node) => node instanceof FakeElement)
  }
  getBoundingClientRect() {
    return { top: 0, bottom: 0 }
  }
  querySelector(): null {
    return null
  }
  setAttribute(name: string, value: string): void {
    this.attributes.set(name, value)
  }
  removeAttribute(name: string): void {
    this.attributes.delete(name)
  }
  addEventListener(): void {
    // Nothing is pressed here.
  }
  removeEventListener(): void {
    // As above.
  }
  insertBefore(node: FakeNode, before: FakeNode | null): FakeNode {
    node.remove()
    const at = before === null ? -1 : this.childNodes.indexOf(before)
    this.childNodes.splice(at < 0 ? this.childNodes.length : at, 0, node)
    node.parentNode = this
    return node
  }
  appendChild(node: FakeNode): FakeNode {
    return this.insertBefore(node, null)
  }
  removeChild(node: FakeNode): void {
    const at = this.childNodes.indexOf(node)
    if (at >= 0) this.childNodes.splice(at, 1)
    node.parentNode = null
  }
}

/** Puts the document in the place of the browser's for one test, and gives its root. */
export function useFakeDocument(): FakeElement {
  const fake = {
    createElement: (name: string) => new FakeElement(name, fake),
    createElementNS: (_: string, name: string) => new FakeElement(name, fake),
    createTextNode: (data: string) => new FakeNode(3, data),
  }
  vi.stubGlobal("document", fake)
  vi.stubGlobal("ResizeObserver", FakeObserver)
  vi.stubGlobal("IntersectionObserver", FakeObserver)
  onTestFinished(() => void vi.unstubAllGlobals())
  return fake.createElement("root")
}

class FakeObserver {
  observe(): void {
    // Nothing has a size here.
  }
  disconnect(): void {
    // As above.
  }
}
