// Where the words of a search stand in a text, so that they can be shown in it. It only paints: what is found is
// the host's to say.

export interface Piece {
  readonly text: string
  readonly found: boolean
}

/** pieces cuts a text where the words of a query stand in it, whatever the case. Joined, they are the text. */
export function pieces(text: string, query: string): Piece[] {
  const words = query.split(/\s+/).filter((word) => word !== '').toSorted((a, b) => b.length - a.length)
  if (words.length === 0) return [{ text, found: false }]
  const pattern = new RegExp(`(${words.map(literally).join('|')})`, 'giu')
  return text
    .split(pattern)
    .map((part, i) => ({ text: part, found: i % 2 === 1 }))
    .filter((piece) => piece.text !== '')
}

function literally(word: string): string {
  return word.replace(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`)
}
