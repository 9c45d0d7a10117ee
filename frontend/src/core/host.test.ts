import { afterEach, describe, expect, it, vi } from 'vitest'
import { connect } from './host'

/** A page of a browser, as far as the host needs one. */
function browser() {
  const opened: string[] = []
  const copied: string[] = []
  const page = {
    open: (url: string) => void opened.push(url),
    navigator: { clipboard: { writeText: async (text: string) => void copied.push(text) } },
  }
  vi.stubGlobal('window', page)
  return { page: page as unknown as Window, opened, copied }
}

function answering(body: string, status = 200) {
  const fetched = vi.fn(async (_address: string, _request: RequestInit) => new Response(body, { status }))
  vi.stubGlobal('fetch', fetched)
  return fetched
}

afterEach(() => vi.unstubAllGlobals())

describe('the host in a browser', () => {
  it('calls the bound methods over HTTP', async () => {
    const fetched = answering('[{"kind":41,"args":[]}]')
    const { page } = browser()
    expect(await connect(page).Send('A', 'hi')).toEqual([{ kind: 41, args: [] }])
    expect(fetched.mock.calls[0]?.[0]).toBe('/call/Send')
    expect(fetched.mock.calls[0]?.[1]).toMatchObject({ method: 'POST', body: '["A","hi"]' })
  })

  it('takes an empty answer, and tells a refusal', async () => {
    const { page } = browser()
    const host = connect(page)
    answering('')
    expect(await host.Open('A')).toBeUndefined()
    answering('no', 403)
    await expect(host.Open('A')).rejects.toThrow('403')
  })

  it('tells the stream’s own opening from a chat that is to be opened', () => {
    const source = new EventTarget()
    vi.stubGlobal('EventSource', function EventSource() { return source })
    const heard: string[] = []
    const { page } = browser()
    connect(page).listen({ changed: () => heard.push('changed'), open: (chat) => heard.push(`open ${chat}`) })
    source.dispatchEvent(new Event('open'))
    source.dispatchEvent(new MessageEvent('open', { data: 'A' }))
    source.dispatchEvent(new MessageEvent('changed', { data: '' }))
    expect(heard).toEqual(['changed', 'open A', 'changed'])
  })

  it('opens web addresses and no others', async () => {
    const { page, opened } = browser()
    const host = connect(page)
    expect(await host.OpenLink('https://a.example/')).toBe(true)
    for (const bad of ['javascript:alert(1)', 'file:///etc/passwd', 'nonsense']) expect(await host.OpenLink(bad)).toBe(false)
    expect(opened).toEqual(['https://a.example/'])
  })

  it('copies', async () => {
    const { page, copied } = browser()
    expect(await connect(page).copy('x')).toBe(true)
    expect(copied).toEqual(['x'])
  })
})

describe('the host in the window', () => {
  it('uses what Wails put there', async () => {
    const heard: string[] = []
    const runtime = {
      EventsOnMultiple: (name: string, hear: (chat: string) => void) => hear(name),
      ClipboardSetText: async () => true,
    }
    const page = { go: { app: { Console: { SaveFile: async (media: string) => `no ${media}` } } }, runtime }
    vi.stubGlobal('window', page)
    const host = connect(page as unknown as Window)
    expect(await host.download('m1', 'a.pdf')).toBe('no m1')
    expect(await host.copy('x')).toBe(true)
    host.listen({ changed: () => heard.push('changed'), open: (chat) => heard.push(chat) })
    expect(heard).toEqual(['changed', 'open'])
  })
})
