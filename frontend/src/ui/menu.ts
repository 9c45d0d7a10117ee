/** MenuItem is an entry of a menu. */
export interface MenuItem {
  readonly key: string
  readonly text: string
  readonly run: () => void
}

/**
 * menuStep returns where a key leads from the entry at, if anywhere: round with the arrows, to the ends, or to the next
 * entry that begins with the letter.
 */
export function menuStep(key: string, at: number, texts: readonly string[]): number | undefined {
  const n = texts.length
  switch (key) {
    case 'ArrowDown': return (at + 1) % n
    case 'ArrowUp': return (Math.max(at, 0) - 1 + n) % n
    case 'Home': return 0
    case 'End': return n - 1
  }
  if ([...key].length !== 1 || key === ' ') return undefined
  const wanted = key.toLocaleLowerCase()
  const round = texts.map((_, i) => (at + 1 + i) % n)
  return round.find((i) => texts[i]?.toLocaleLowerCase().startsWith(wanted))
}
