// The one way from the page to the console behind it, and the only module that imports what Wails generates. In
// the window, Wails has put the bound methods on the page; in a browser installBrowserHost does the same with
// calls over HTTP, so that everything above this module is one and the same.
import type { About, Ask, Patch, Problem, Settings } from './view'

export type * from './view'

export interface Console {
  Look(ask: Ask): Promise<Patch>
  Pick(chat: string, open: boolean): Promise<void>
  Open(chat: string): Promise<void>
  Read(chat: string, upTo: number): Promise<void>
  Send(chat: string, text: string): Promise<Problem[]>
  Cancel(command: string): Promise<boolean>
  Retry(chat: string, message: string): Promise<void>
  Decide(command: string, choice: string): Promise<void>
  Settle(chat: string, message: string, wentOut: boolean): Promise<void>
  SaveDraft(chat: string, text: string): Promise<void>
  SetAvailable(on: boolean): Promise<void>
  Older(chat: string): Promise<void>
  Looking(chat: string, focused: boolean): Promise<void>
  DismissNotice(id: number): Promise<void>
  Settings(): Promise<Settings>
  SaveSettings(settings: Settings): Promise<void>
  OpenLink(url: string): Promise<boolean>
  SaveFile(media: string, name: string): Promise<string>
  About(): Promise<About>
}

/** What the host tells the page by itself. */
export interface Events {
  /** Something of what Look answers has changed. */
  changed: () => void
  /** A notification of this chat was clicked. */
  open: (chat: string) => void
}

/** Host is the console behind the page. */
export interface Host extends Console {
  listen(events: Events): void
  /** download hands a file to the agent; it returns '' or why not. */
  download(media: string, name: string): Promise<string>
  /** copy puts text on the clipboard and returns whether that worked. */
  copy(text: string): Promise<boolean>
}

interface WailsRuntime {
  EventsOn(name: string, heard: (payload: string) => void): void
  ClipboardSetText(text: string): Promise<boolean>
}

declare global {
  interface Window {
    go?: { app: { Console: Console } }
    runtime?: WailsRuntime
  }
}

/** connect returns the host of this page. */
export function connect(page: Window): Host {
  const { go, runtime } = page
  return go !== undefined && runtime !== undefined ? windowHost(go.app.Console, runtime) : browserHost(page)
}

function windowHost(console_: Console, runtime: WailsRuntime): Host {
  return {
    ...console_,
    listen(events) {
      runtime.EventsOn('changed', () => events.changed())
      runtime.EventsOn('open', (chat) => events.open(chat))
    },
    download: (media, name) => console_.SaveFile(media, name),
    copy: (text) => runtime.ClipboardSetText(text),
  }
}

const METHODS: readonly (keyof Console)[] = [
  'Look', 'Pick', 'Open', 'Read', 'Send', 'Cancel', 'Retry', 'Decide', 'Settle', 'SaveDraft', 'SetAvailable', 'Older',
  'Looking', 'DismissNotice', 'Settings', 'SaveSettings', 'OpenLink', 'SaveFile', 'About',
]

// browserHost makes the bound methods from calls over HTTP, and the events from a stream.
function browserHost(page: Window): Host {
  const calls = Object.fromEntries(METHODS.map((name) => [name, (...args: unknown[]) => call(name, args)]))
  const console_ = calls as unknown as Console
  page.go = { app: { Console: console_ } }
  return {
    ...console_,
    listen,
    OpenLink: async (url) => openTab(page, url),
    download: async (media, name) => {
      follow(page.document, `/media/${encodeURIComponent(media)}?name=${encodeURIComponent(name)}`, name)
      return ''
    },
    copy: async (text) => {
      await page.navigator.clipboard.writeText(text)
      return true
    },
  }
}

async function call(name: string, args: unknown[]): Promise<unknown> {
  const answer = await fetch(`/call/${name}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(args),
    // What is being saved while the page goes must still arrive; the browser allows this for small bodies only.
    keepalive: name === 'SaveDraft',
  })
  if (!answer.ok) throw new Error(`host: ${name}: status ${answer.status}`)
  const text = await answer.text()
  return text === '' ? undefined : (JSON.parse(text) as unknown)
}

// The stream's own "open" event says that it is connected (again): something may have been missed. The host's
// event of the same name carries a chat.
function listen(events: Events): void {
  const source = new EventSource('/events')
  source.addEventListener('changed', () => events.changed())
  source.addEventListener('open', (event: Event) => {
    if (event instanceof MessageEvent) events.open(String(event.data))
    else events.changed()
  })
}

// The console has no desktop to open a link with when it is shown in a browser, which opens it itself.
function openTab(page: Window, url: string): boolean {
  const web = URL.canParse(url) && ['http:', 'https:'].includes(new URL(url).protocol)
  if (web) page.open(url, '_blank', 'noopener,noreferrer')
  return web
}

function follow(page: Document, address: string, name: string): void {
  const link = page.createElement('a')
  link.href = address
  link.download = name
  link.click()
}
