import { beforeEach, describe, expect, it } from 'vitest'
import { Attention } from './attention'

describe('attention', () => {
  let said: string[]
  let attention: Attention

  beforeEach(() => {
    said = []
    const say = async (text: string) => void said.push(text)
    attention = new Attention({
      Open: (chat) => say(`open ${chat}`),
      Read: (chat, upTo) => say(`read ${chat} ${upTo}`),
      Looking: (chat, focused) => say(`looking ${chat} ${focused}`),
    })
    attention.focus(true)
    said = []
  })

  it('opens what was chosen, once it is known to be the agent’s', () => {
    attention.show('A', 'chosen')
    expect(said).toEqual(['looking A true'])
    attention.holds('A', true)
    attention.holds('A', true)
    expect(said).toEqual(['looking A true', 'open A'])
  })

  it('neither opens nor reads what is only looked at in passing', () => {
    attention.show('A', 'preview')
    attention.holds('A', true)
    attention.sees('A', 9, true)
    expect(said).toEqual(['looking A true'])
  })

  it('opens what was looked at before when it is chosen', () => {
    attention.show('A', 'preview')
    attention.holds('A', true)
    attention.show('A', 'chosen')
    expect(said).toEqual(['looking A true', 'open A'])
  })

  it('waits for the window’s focus', () => {
    attention.focus(false)
    attention.show('A', 'chosen')
    attention.holds('A', true)
    attention.sees('A', 3, true)
    expect(said).toEqual(['looking  false', 'looking A false'])
    attention.focus(true)
    expect(said.slice(2)).toEqual(['looking A true', 'open A', 'read A 3'])
  })

  it('reads each number once, and only in view', () => {
    attention.show('A', 'chosen')
    attention.holds('A', true)
    attention.sees('A', 3, false)
    attention.sees('A', 3, true)
    attention.sees('A', 3, true)
    attention.sees('A', 4, true)
    expect(said.slice(2)).toEqual(['read A 3', 'read A 4'])
  })

  it('leaves the opening of a chat that is picked to the host', () => {
    attention.show('A', 'picking')
    attention.holds('A', false)
    attention.holds('A', true)
    attention.sees('A', 2, true)
    expect(said).toEqual(['looking A true', 'read A 2'])
  })

  it('wants a chat that went away and came back to be chosen anew', () => {
    attention.show('A', 'chosen')
    attention.holds('A', true)
    attention.holds('A', false)
    attention.holds('A', true)
    attention.sees('A', 5, true)
    expect(said).toEqual(['looking A true', 'open A'])
  })

  it('does not take what is said of another chat', () => {
    attention.show('A', 'chosen')
    attention.holds('B', true)
    attention.sees('B', 5, true)
    expect(said).toEqual(['looking A true'])
  })

  it('counts a reply as opening', () => {
    attention.show('A', 'preview')
    attention.holds('A', true)
    attention.replied('A')
    attention.sees('A', 5, true)
    expect(said).toEqual(['looking A true', 'read A 5'])
  })
})
