import { describe, expect, it } from 'vitest'
import { pieces } from './found'

const found = (text: string, query: string) => pieces(text, query).filter((piece) => piece.found).map((piece) => piece.text)

describe('what was found in a text', () => {
  it.each([
    ['whatever the case', 'Where is my PARCEL?', 'parcel', ['PARCEL']],
    ['several words', 'my parcel, my money', 'money my', ['my', 'my', 'money']],
    ['the longest that fits', 'parcels', 'parcel parcels', ['parcels']],
    ['signs as they are', 'costs 3.50 (net)', '3.5 (net)', ['3.5', '(net)']],
    ['not what is elsewhere', 'nothing here', 'parcel', []],
    ['other letters', 'Straße ÄRGER', 'ärger', ['ÄRGER']],
  ])('is shown: %s', (_name, text, query, want) => {
    expect(found(text, query)).toEqual(want)
  })

  it('loses nothing', () => {
    for (const query of ['', ' ', 'a', '.*', '\\', '[', 'b a'])
      expect(pieces('abracadabra .* \\ [', query).map((piece) => piece.text).join('')).toBe('abracadabra .* \\ [')
  })
})
