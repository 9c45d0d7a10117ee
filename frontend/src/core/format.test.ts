import { describe, expect, it } from 'vitest'
import { Formats } from './format'

const MINUTE = 60_000
const en = new Formats('en-GB', 'UTC')
const de = new Formats('de', 'UTC')

describe('formats', () => {
  it.each([
    [30_000, '0m', '0 minutes', '0 Min.'],
    [61_000, '1m', '1 minute', '1 Min.'],
    [59 * MINUTE, '59m', '59 minutes', '59 Min.'],
    [60 * MINUTE, '1h', '1 hour', '1 h'],
    [47 * 60 * MINUTE, '1d', '1 day', '1 T'],
    [-5 * MINUTE, '0m', '0 minutes', '0 Min.'],
  ])('says the age of %i ms', (millis, short, words, german) => {
    expect(en.age(millis, false)).toBe(short)
    expect(en.age(millis, true)).toBe(words)
    expect(de.age(millis, false).replaceAll(' ', ' ').replace(/^(\d+)h$/, '$1 h')).toBe(german)
  })

  it('never rounds what is left up', () => {
    expect(en.left(119 * MINUTE + 59_999)).toBe('1h, 59m')
    expect(en.left(59_999)).toBe('0m')
    expect(en.left(-1)).toBe('0m')
  })

  it('chooses plurals by the language', () => {
    const forms = { one: '# Chat', few: '# czaty', other: '# chats' }
    expect(en.plural(1, forms)).toBe('1 Chat')
    expect(new Formats('pl').plural(3, forms)).toBe('3 czaty')
    expect(de.plural(1200, forms)).toBe('1.200 chats')
  })

  it('names days as people do', () => {
    const now = Date.UTC(2026, 2, 10, 12)
    expect(en.day(now - 1, now)).toBe('Today')
    expect(en.day(now - 13 * 60 * MINUTE, now)).toBe('Yesterday')
    expect(de.day(now - 13 * 60 * MINUTE, now)).toBe('Gestern')
    expect(en.day(Date.UTC(2026, 2, 1), now)).toBe('Sunday 1 March')
    expect(en.day(Date.UTC(2024, 2, 1), now)).toBe('1 March 2024')
  })

  it('says a time, with its day where that is another', () => {
    const now = Date.UTC(2026, 2, 10, 12)
    expect(en.when(now, now)).toBe('12:00')
    expect(en.when(Date.UTC(2026, 2, 9, 8), now)).toMatch(/9 Mar 2026/)
  })

  it.each([
    [0, '0 byte'],
    [999, '999 byte'],
    [1500, '1.5 kB'],
    [2_483_112, '2.5 MB'],
    [48_000_000, '48 MB'],
    [3e12, '3,000 GB'],
  ])('says the size of %i bytes', (bytes, text) => {
    expect(en.size(bytes)).toBe(text)
  })

  it.each([
    [58_001, '59s'],
    [60_000, '1m'],
    [59_000, '59s'],
    [1, '1s'],
    [-1, '0s'],
    [119_999, '1m'],
  ])('counts %i ms down', (millis, text) => {
    expect(en.countdown(millis)).toBe(text)
  })
})
