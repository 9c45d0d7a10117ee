import { describe, expect, it } from 'vitest'
import { speak } from '../../i18n'
import { keychainText, mayTry } from './line'

const { words } = speak('en', [])

describe('a keychain', () => {
  it.each([
    ['locked', 'signed_out', /unlock it to sign in/, true],
    ['locked', 'offline', /unlock it to sign in/, true],
    ['locked', 'current', /so that the token can be kept/, false],
    ['none', 'signed_out', /no keychain/, false],
  ])('that is %s while %s says what to do', (keychain, phase, text, again) => {
    expect(keychainText(words, { keychain, phase })).toMatch(text)
    expect(mayTry({ keychain, phase })).toBe(again)
  })
})
