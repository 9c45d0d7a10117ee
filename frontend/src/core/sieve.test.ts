import { describe, expect, it } from 'vitest'
import type { Filter } from './host'
import { isSet, NO_FILTER, offered, parts, Sieve, toggled } from './sieve'

const filter = (part: Partial<Filter>): Filter => ({ ...NO_FILTER, ...part })

describe('the filter of a list', () => {
  it('is shown at once, and older news of it does not undo it', () => {
    const sieve = new Sieve()
    expect(sieve.set({ query: 'pa' })).toEqual(filter({ query: 'pa' }))
    sieve.set({ query: 'par' })
    sieve.hear(filter({ query: 'pa' }))
    expect(sieve.filter.query).toBe('par')
    expect(sieve.text).toBe('par')
  })

  it('offers what there is, and what is chosen though it is no more', () => {
    const words = { sms: 'SMS', email: 'Email', whatsapp: 'WhatsApp' }
    expect(offered(words, ['whatsapp', 'email', 'fax'], [])).toEqual([['email', 'Email'], ['whatsapp', 'WhatsApp']])
    expect(offered(words, ['whatsapp'], ['sms'])).toEqual([['sms', 'SMS'], ['whatsapp', 'WhatsApp']])
  })

  it('keeps what was chosen just before', () => {
    const sieve = new Sieve()
    sieve.set({ channels: ['sms'] })
    expect(sieve.set({ onHold: true })).toEqual(filter({ channels: ['sms'], onHold: true }))
  })

  it('is the host’s once the host has said the same', () => {
    const sieve = new Sieve()
    sieve.set({ channels: ['sms', 'email'] })
    sieve.hear(filter({ channels: ['email', 'sms'] }))
    sieve.hear(filter({ dots: ['new'] }))
    expect(sieve.filter).toEqual(filter({ dots: ['new'] }))
  })

  it('leaves the text in the box as it was typed', () => {
    const sieve = new Sieve()
    sieve.set({ query: 'ana ' })
    sieve.hear(filter({ query: 'ana' }))
    expect(sieve.text).toBe('ana ')
    sieve.hear(filter({ query: '' }))
    expect(sieve.text).toBe('')
  })

  it('counts what is set, and knows when nothing is', () => {
    const some = filter({ channels: ['sms', 'email'], onHold: true })
    expect(parts(some)).toBe(3)
    expect(isSet(NO_FILTER)).toBe(false)
    expect(isSet(filter({ query: '  ' }))).toBe(false)
    for (const part of [{ query: 'x' }, { onHold: true }, { teams: ['t'] }]) expect(isSet(filter(part))).toBe(true)
  })

  it('toggles', () => {
    expect(toggled(['a', 'b'], 'a')).toEqual(['b'])
    expect(toggled(['b'], 'a')).toEqual(['b', 'a'])
  })
})
