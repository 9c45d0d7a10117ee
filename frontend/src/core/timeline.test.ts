import { describe, expect, it } from 'vitest'
import { message } from '../../test/made'
import { characters, leadsElsewhere, newestNumber, parts, timeline, UnreadLine } from './timeline'

const dayOf = (at: number) => String(Math.floor(at / 86_400_000))
const kinds = (entries: ReturnType<typeof timeline>) =>
  entries.map((entry) => (entry.kind === 'message' ? `${entry.message.number}${entry.follows ? '+' : ''}` : entry.kind))

describe('the timeline', () => {
  it('marks days and the first unread message', () => {
    const day = 86_400_000
    const list = [
      message({ number: 1, at: 1 }),
      message({ number: 2, at: 2 }),
      message({ number: 3, kind: 'reply', at: day + 1 }),
      message({ number: 4, at: day + 2 }),
      message({ number: 5, at: day + 3 }),
    ]
    expect(kinds(timeline(list, 2, dayOf))).toEqual(['day', '1', '2+', 'day', '3', 'unread', '4', '5+'])
  })

  it('has no line where only replies are newer', () => {
    expect(kinds(timeline([message({ number: 2, kind: 'reply' })], 1, dayOf))).toEqual(['day', '2'])
  })

  it('gives every entry a key of its own', () => {
    const list = Array.from({ length: 50 }, (_, i) => message({ number: i, key: `k${i}`, at: i * 40_000_000 }))
    const keys = timeline(list, 20, dayOf).map((entry) => entry.key)
    expect(new Set(keys).size).toBe(keys.length)
  })

  it('knows the newest number, which a queued reply does not have', () => {
    expect(newestNumber([message({ number: 7 }), message({ number: 0 })])).toBe(7)
  })
})

describe('the line before the unread', () => {
  it('stays while reading moves the marker on', () => {
    const line = new UnreadLine()
    expect(line.after('A', 3, 5, false)).toBe(3)
    expect(line.after('A', 5, 5, true)).toBe(3)
  })

  it('does not rise before what comes while the agent looks on', () => {
    const line = new UnreadLine()
    line.after('A', 5, 5, true)
    expect(line.after('A', 5, 6, true)).toBe(5)
    expect(line.after('A', 6, 6, true)).toBe(5)
  })

  it('moves to what came while nobody looked', () => {
    const line = new UnreadLine()
    line.after('A', 3, 5, false)
    line.after('A', 5, 5, true)
    expect(line.after('A', 5, 6, false)).toBe(5)
    expect(line.after('A', 5, 7, false)).toBe(5)
  })

  it('is the chat’s own', () => {
    const line = new UnreadLine()
    line.after('A', 3, 5, false)
    expect(line.after('B', 9, 9, false)).toBe(9)
  })
})

describe('texts and links', () => {
  it('cuts at UTF-16 units and loses nothing', () => {
    const text = '📦 see https://a.example/x now'
    const cut = parts(text, [{ from: 7, to: 26, url: 'https://a.example/x' }])
    expect(cut.map((part) => part.text)).toEqual(['📦 see ', 'https://a.example/x', ' now'])
    expect(cut[1]?.url).toBe('https://a.example/x')
  })

  it.each([
    ['beyond the text', [{ from: 2, to: 99, url: 'u' }]],
    ['backwards', [{ from: 2, to: 1, url: 'u' }]],
    ['over one another', [{ from: 0, to: 3, url: 'u' }, { from: 2, to: 4, url: 'v' }]],
  ])('keeps the words of links %s', (_name, links) => {
    expect(parts('hello', links).map((part) => part.text).join('')).toBe('hello')
  })

  it('tells links whose text hides where they go', () => {
    expect(leadsElsewhere({ text: 'https://a.example/', url: 'https://a.example' })).toBe(false)
    expect(leadsElsewhere({ text: 'https://a.example', url: 'https://b.example' })).toBe(true)
  })

  it('counts characters as the channels do', () => {
    expect(characters('a📦é')).toBe(3)
  })
})
