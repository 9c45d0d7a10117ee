// The one way from the page to the console behind it, and the only module that imports what Wails generates. In
// the window, Wails has put the bound methods on the page; in a browser installBrowserHost does the same with
// calls over HTTP, so that everything above this module is one and the same.
import * as bound from '../../wailsjs/go/app/Console'
import type { view } from '../../wailsjs/go/models'
import { ClipboardSetText, EventsOn } from '../../wailsjs/runtime/runtime'

export type About = view.About
export type AgentSet = view.AgentSet
export type Answer = view.Answer
export type Ask = view.Ask
export type AssetSet = view.AssetSet
export type Attachment = view.Attachment
export type Batch = view.Batch
export type BatchFailed = view.BatchFailed
export type Company = view.Company
export type Decision = view.Decision
export type Filter = view.Filter
export type Found = view.Found
export type Left = view.Left
export type Link = view.Link
export type Message = view.Message
export type Notice = view.Notice
export type Patch = view.Patch
export type Pending = view.Pending
export type Problem = view.Problem
export type Queued = view.Queued
export type Row = view.Row
export type Rows = view.Rows
export type Saved = view.Saved
export type Settings = view.Settings
export type Status = view.Status
export type TargetAgent = view.TargetAgent
export type Targets = view.Targets
export type TargetTeam = view.TargetTeam
export type Team = view.Team
export type TeamSet = view.TeamSet
export type Thread = view.Thread
export type Trouble = view.Trouble

/** Console is what the host binds to the page. */
export type Console = typeof bound

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

declare global {
  interface Window {
    /** Put there by Wails in the window, and by browserHost in a browser. */
    go?: { app: { Console: Record<string, (...args: unknown[]) => Promise<unknown>> } }
  }
}

/** connect returns the host of this page. */
export function connect(page: Window): Host {
  return page.go === undefined ? browserHost(page) : windowHost()
}

function windowHost(): Host {
  return {
    ...bound,
    listen(events) {
      EventsOn('changed', () => events.changed())
      EventsOn('open', (chat: string) => events.open(chat))
    },
    download: (media, name) => bound.SaveFile(media, name),
    copy: (text) => ClipboardSetText(text),
  }
}

// browserHost makes the bound methods from calls over HTTP, and the events from a stream.
function browserHost(page: Window): Host {
  const calls = Object.keys(bound).map((name) => [name, (...args: unknown[]) => call(name, args)] as const)
  page.go = { app: { Console: Object.fromEntries(calls) } }
  return {
    ...bound,
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
